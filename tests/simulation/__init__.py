"""The till's engine, client and journal under a virtual clock, against the sandbox's model, with seeded bad luck.

`world.py` holds it together, `luck.py` decides what goes wrong, `network.py` and `disk.py` let it go wrong, `people.py` are the
cashier and the customers, `checker.py` judges every step, `run.py` runs many and shrinks a failure to a short story.
"""
