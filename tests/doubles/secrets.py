"""A key store in memory, which can refuse to keep."""

from dataclasses import dataclass, field

from till.domain.secret import Secret
from till.engine.ports import KeyStoreUnavailable


@dataclass
class MemorySecrets:
    """The `SecretStore` port; `refuses_after` is how many more secrets it takes."""

    kept: dict[str, Secret] = field(default_factory=dict)
    refuses_after: int | None = None

    def get(self, name: str) -> Secret | None:
        return self.kept.get(name)

    def put(self, name: str, secret: Secret) -> None:
        if self.refuses_after is not None:
            if self.refuses_after == 0:
                raise KeyStoreUnavailable("locked")
            self.refuses_after -= 1
        self.kept[name] = secret

    def delete(self, name: str) -> None:
        self.kept.pop(name, None)


class LockedSecrets(MemorySecrets):
    """A key store that nobody has unlocked."""

    def get(self, name: str) -> Secret | None:
        raise KeyStoreUnavailable("locked")
