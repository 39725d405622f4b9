"""Planted bugs: the till's own source with one line made wrong, each of which the simulation must notice.

`python -m tests.simulation.mutants`: exit status 0 only if every one is caught within 10,000 sales.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SALES = 10_000


@dataclass(frozen=True)
class Mutant:
    """One line of the till made wrong."""

    name: str
    file: str
    right: str
    wrong: str


STEP, ENGINE, STATE = "domain/payment_step.py", "engine/engine.py", "domain/state.py"
MUTANTS = (
    Mutant(
        "trust the state word: authorised is paid",
        STEP,
        "fact.authorized == whole and fact.captured == payment.to_take",
        "fact.authorized == whole and fact.verdict is Verdict.AUTHORIZED",
    ),
    Mutant(
        "the rest of a payment that was taken in part stays reserved",
        STEP,
        "(payment.part is None or fact.captured + fact.cancelled == fact.authorized)",
        "True",
    ),
    Mutant(
        "all of it is taken where a part was asked for",
        STEP,
        "CapturePayment(payment.terms.reference, payment.to_take)",
        "CapturePayment(payment.terms.reference, payment.terms.amount)",
    ),
    Mutant(
        "lines are taken out, and all of the money is taken",
        "domain/intents.py",
        "            part = due if due != payment.terms.amount else None\n",
        "            part = None\n",
    ),
    Mutant(
        "lines can be taken out while the money for them is being taken",
        STATE,
        "payment is not None and isinstance(payment.state, Reserved)",
        "payment is not None",
    ),
    Mutant(
        "a lost create never happened",
        STEP,
        "        case Unanswered(operation=Operation.CREATE):\n            return _go(payment, replace(state, may_exist=True), _ask(payment, Pace.URGENT))\n        case CancelAsked():\n            # Whether",
        "        case Unanswered(operation=Operation.CREATE):\n            return _go(payment, Ended(Ending.NEVER_CREATED))\n        case CancelAsked():\n            # Whether",
    ),
    Mutant(
        "a missing payment will never come",
        STEP,
        "if fact.quiet_for >= SURELY_EXPIRED_AFTER:",
        "if fact.quiet_for >= timedelta(0):",
    ),
    Mutant(
        "a create has expired after ten seconds",
        STEP,
        "SURELY_EXPIRED_AFTER = APPROVAL_TIME + timedelta(minutes=2)",
        "SURELY_EXPIRED_AFTER = timedelta(seconds=10)",
    ),
    Mutant(
        "a lost capture failed",
        STEP,
        "        case Created() | Refused() | Unanswered() | CancelAsked() | CompleteAsked() | ReleaseAsked():\n            return Step(payment, (_ask(payment, Pace.URGENT),))\n        case _:\n            assert_never(fact)\n\n\ndef _releasing",
        "        case Unanswered():\n            return _go(payment, Ended(Ending.ABORTED))\n        case Created() | Refused() | CancelAsked() | CompleteAsked() | ReleaseAsked():\n            return Step(payment, (_ask(payment, Pace.URGENT),))\n        case _:\n            assert_never(fact)\n\n\ndef _releasing",
    ),
    Mutant(
        "a lost release succeeded",
        STEP,
        "        case Created() | Refused() | Unanswered() | CancelAsked() | CompleteAsked() | ReleaseAsked():\n            return Step(payment, (_ask(payment, Pace.URGENT),))\n        case _:\n            assert_never(fact)\n\n\ndef _needs_person",
        "        case Unanswered():\n            return _go(payment, Released())\n        case Created() | Refused() | CancelAsked() | CompleteAsked() | ReleaseAsked():\n            return Step(payment, (_ask(payment, Pace.URGENT),))\n        case _:\n            assert_never(fact)\n\n\ndef _needs_person",
    ),
    Mutant(
        "a cancel that meets an approval captures by itself",
        STEP,
        "fact)\n            return _go(payment, Overtaken(), _ask(payment, Pace.PATIENT))",
        "fact)\n            return _go(payment, Capturing(), _capture(payment))",
    ),
    Mutant(
        "a cancel ends the payment at once",
        STEP,
        "            return _go(payment, Cancelling(may_exist=True, does_exist=True), _cancel(payment))\n        case Unanswered(operation",
        "            return _go(payment, Ended(Ending.TERMINATED))\n        case Unanswered(operation",
    ),
    Mutant(
        "a payment stays unread after a restart",
        STEP,
        "    return Step(payment, _ask_again(payment, Pace.URGENT))",
        "    return Step(payment)",
    ),
    Mutant(
        "an approval of another amount is captured",
        STEP,
        "    if not _fits(payment, fact) or not _is_untouched(fact):\n        return _to_a_person(payment, FaultCode.AMOUNT_DIFFERS)\n    if payment.terms.is_sent_later:",
        "    return _go(payment, Captured(fact.at))\n    if payment.terms.is_sent_later:",
    ),
    Mutant(
        "money for goods that are sent later is taken at once",
        STEP,
        "    if payment.terms.is_sent_later:",
        "    if False:",
    ),
    Mutant(
        "a create under a taken name ends one that may exist",
        STEP,
        "    if fact.fault.code is FaultCode.REFERENCE_TAKEN:",
        "    if False:",
    ),
    Mutant(
        "a waiting payment is not read again",
        STEP,
        "            return _ask_for_code(payment) if is_code_due else _go(payment, state, _ask(payment))",
        "            return _ask_for_code(payment) if is_code_due else _go(payment, state)",
    ),
    Mutant(
        "one unit too little is captured",
        STEP,
        "CapturePayment(payment.terms.reference, payment.to_take)",
        "CapturePayment(payment.terms.reference, replace(payment.to_take, minor=payment.to_take.minor - 1))",
    ),
    Mutant(
        "nothing is journaled before it leaves",
        ENGINE,
        "            self._journal.append(recorded, self._clock.now())",
        "            pass",
    ),
    Mutant(
        "sent first, journaled afterwards",
        ENGINE,
        "        if recorded:\n            self._journal.append(recorded, self._clock.now())\n        ended = errands.ended_references(self._state, state)\n        self._state = state\n        self._hub_side.keep_asking(state.open_hub_refunds)\n        for command in commands:\n            self._send(command)\n",
        "        ended = errands.ended_references(self._state, state)\n        self._state = state\n        self._hub_side.keep_asking(state.open_hub_refunds)\n        for command in commands:\n            self._send(command)\n        if recorded:\n            self._journal.append(recorded, self._clock.now())\n",
    ),
    Mutant(
        "a new sale forgets what is open",
        STATE,
        "            state = _forget_finished(state)\n            sale = Sale(number",
        "            state = replace(state, sales={}, payments={})\n            sale = Sale(number",
    ),
    Mutant(
        "a voided line is still paid for",
        "domain/basket.py",
        "return replace(self, lines=lines, total_minor=sum(line.total.minor for line in lines))",
        "return replace(self, lines=lines)",
    ),
    Mutant(
        "a second attempt beside an open one",
        "domain/state.py",
        "        return sale is not None and any(not self.payments[reference].is_final for reference in sale.attempts)\n",
        "        return False\n",
    ),
    Mutant(
        "a cancel releases approved money",
        "vipps/requests.py",
        '{"cancelTransactionOnly": True} if only_if_not_approved else {}',
        "{}",
    ),
    Mutant(
        "the customer's number is journaled",
        "vipps/wallet.py",
        "is_keepable=request.customer is None",
        "is_keepable=True",
    ),
    Mutant(
        "no limit on operations and reads",
        "vipps/pacing.py",
        "        return max(now_s, used[0] + WINDOW_S)",
        "        return now_s",
    ),
    Mutant(
        "somebody else's answer is believed",
        "vipps/epayment.py",
        '    if fields.get("reference") != reference:',
        "    if False:",
    ),
    Mutant(
        "a server error means that nothing was sent",
        "vipps/answers.py",
        "return unanswered(_SILENCES[error.reason], is_sent=error.is_sent)",
        "return unanswered(_SILENCES[error.reason], is_sent=False)",
    ),
    Mutant(
        "a body is forgotten over a restart, and the create repeated without",
        "engine/recovery.py",
        "        if isinstance(fact, PaymentRequested) and fact.body is not None:\n            bodies[fact.terms.reference] = Secret(fact.body)",
        '        if isinstance(fact, PaymentRequested) and fact.body is not None:\n            bodies[fact.terms.reference] = Secret(fact.body + " ")',
    ),
    Mutant(
        "a second refund beside an unknown one",
        "domain/refund_start.py",
        "    if before is not None and not before.is_final:\n",
        "    if False:\n",
    ),
    Mutant(
        "a lost refund failed",
        "domain/refund.py",
        "        case _:\n            return RefundStep(refund, (_ask(refund, Pace.URGENT),))\n\n\ndef _reported",
        "        case _:\n            failed = RefundRefused(Fault(FaultCode.NO_ANSWER))\n"
        "            return RefundStep(replace(refund, state=failed))\n\n\ndef _reported",
    ),
    Mutant(
        "an overtaken figure of what is left is believed",
        "engine/surroundings.py",
        "and refunded.minor >= found.refunded_least",
        "",
    ),
    Mutant(
        "an open refund stays unread after a restart",
        STATE,
        "        commands.extend(refunds.resume(refund).commands)\n",
        "        pass\n",
    ),
    Mutant(
        "more is given back than was asked for",
        "domain/state.py",
        "(SendRefund(terms.reference, terms.amount),)",
        "(SendRefund(terms.reference, terms.paid.amount),)",
    ),
    Mutant(
        "an intent is not journaled",
        ENGINE,
        "                waiting.extend(self._facts_before(step.commands, state))\n",
        "                pass\n",
    ),
    Mutant(
        "a closed day leaves its figures to the next",
        "domain/day.py",
        "        totals = DayTotals.empty(self.grand.sales.currency)\n        return Day(totals",
        "        return Day(self.totals",
    ),
    Mutant(
        "a report in between sets the day's figures back",
        "domain/day.py",
        "            return replace(self, report=report)\n",
        "            return Day(DayTotals.empty(self.grand.sales.currency), self.grand, self.since, self.closes, report)\n",
    ),
    Mutant(
        "the grand totals leave refunds out",
        "domain/day.py",
        "replace(self, totals=totals, grand=replace(self.grand, returns=self.grand.returns + amount))",
        "replace(self, totals=totals)",
    ),
    Mutant(
        "a new key for every try",
        "engine/errands.py",
        "            return Act(reference, msn, operation, amount, key_of(reference, operation))",
        "            sends = state.payments[reference].sends\n"
        '            return Act(reference, msn, operation, amount, f"{key_of(reference, operation)}{sends}")',
    ),
    Mutant(
        "a new key for every capture",
        "engine/errands.py",
        "            return Act(reference, msn, Operation.CAPTURE, amount, key_of(reference, Operation.CAPTURE))",
        '            return Act(reference, msn, Operation.CAPTURE, amount, f"{reference}-{state.payments[reference].sends}")',
    ),
)


def try_out(mutant: Mutant, sales: int) -> str | None:
    """Return what the simulation said to a till with this bug, or None if it noticed nothing."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "till", Path(folder) / "till", ignore=shutil.ignore_patterns("__pycache__"))
        (Path(folder) / "tests").symlink_to(ROOT / "tests")
        path = Path(folder) / "till" / mutant.file
        source = path.read_text(encoding="utf-8")
        if source.count(mutant.right) != 1:
            return f"STALE: the line of {mutant.name!r} is there {source.count(mutant.right)} times"
        path.write_text(source.replace(mutant.right, mutant.wrong), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "tests.simulation.run",
            "--sales",
            str(sales),
            "--workers",
            "1",
            "--stop-first",
        ]
        environment = {**os.environ, "PYTHONPATH": folder, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        return None if done.returncode == 0 else (done.stdout + done.stderr).strip().splitlines()[-1]


def main(arguments: Iterable[str]) -> int:
    """Try every planted bug, and report."""
    parser = argparse.ArgumentParser(prog="mutants")
    parser.add_argument("--sales", type=int, default=SALES)
    parser.add_argument("--only", default="")
    options = parser.parse_args(list(arguments))
    chosen = [mutant for mutant in MUTANTS if options.only in mutant.name]
    missed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for mutant, said in zip(chosen, pool.map(lambda one: try_out(one, options.sales), chosen), strict=True):
            is_caught = said is not None and not said.startswith("STALE")
            missed += not is_caught
            print(f"{'caught' if is_caught else 'MISSED':<7} {mutant.name:<58} {said or ''}"[:200], flush=True)
    print(f"{len(chosen) - missed} of {len(chosen)} caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
