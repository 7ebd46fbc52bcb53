"""One Lightning module for all networks: loss, optimiser, averaged weights."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import lightning
import torch
from torch import Tensor, nn

from typodont.training.schedule import Clock, ScheduleConfig, Watch, progress, rate_factor
from typodont.training.transfer import Freezing


@dataclass(frozen=True)
class OptimizerConfig:
    """Optimiser, clipping and the running average of the weights that is used to predict.

    Args:
        kind: "adamw" spares biases and normalisation from weight decay; "adam" and "sgd" (with momentum) add it to the
            gradient of everything, as most published code does.
        momentum: Of "sgd".
        weight_decay: See `kind`.
        clip: Largest norm of the gradient; 0 for no limit.
        ema_decay: Share of the running average that stays at every step.
        bf16: Compute in bfloat16 where that is safe.
        fp16: Compute in float16 instead, with a loss that is scaled so that small gradients do not vanish; for graphics
            cards without bfloat16.
    """

    kind: Literal["adamw", "adam", "sgd"] = "adamw"
    momentum: float = 0.9
    weight_decay: float = 0.01
    clip: float = 1.0
    ema_decay: float = 0.999
    bf16: bool = True
    fp16: bool = False

    @property
    def dtype(self) -> torch.dtype | None:
        """What is computed in where that is safe; None: float32 everywhere."""
        return torch.float16 if self.fp16 else torch.bfloat16 if self.bf16 else None


_OPTIMIZERS: dict[str, Callable[[list[dict[str, Any]], float, OptimizerConfig], torch.optim.Optimizer]] = {
    # not fused with float16: that form unscales gradients itself, after they had to be clipped
    "adamw": lambda groups, rate, config: torch.optim.AdamW(groups, lr=rate, fused=not config.fp16),
    "adam": lambda groups, rate, config: torch.optim.Adam(groups, lr=rate, fused=not config.fp16),
    # not fused: that form breaks when a parameter joins later, as thawed ones do
    "sgd": lambda groups, rate, config: torch.optim.SGD(groups, lr=rate, momentum=config.momentum),
}


class TrainingModule(lightning.LightningModule):
    """A network in training, with the running average of its weights as ``ema``.

    Args:
        net: The network.
        losses: (output, batch) -> parts of the loss by name, with their weighted sum as ``loss``.
        scores: (output, batch) -> scores of a validation batch by name; computed with the averaged weights.
        schedule, optimizer: See there.
        freezing: What of the network stands still, and until when.
        rates: Learning rate of parameters of `net` by name, as a share of the schedule's; 1 where there is none.
    """

    def __init__(
        self,
        net: nn.Module,
        losses: Callable[[Any, Any], dict[str, Tensor]],
        scores: Callable[[Any, Any], dict[str, float]],
        schedule: ScheduleConfig,
        optimizer: OptimizerConfig,
        *,
        freezing: Freezing | None = None,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__()
        self.net = net
        self.ema = copy.deepcopy(net).requires_grad_(False).eval()
        self.losses = losses
        self.scores = scores
        self.schedule = schedule
        self.optimizer_config = optimizer
        self.freezing = freezing
        self.rates = dict(rates or {})
        self.clock = Clock()
        self.watch = Watch(schedule)
        self.steps = 0
        self.samples = 0
        self._waiting = 0
        self._resumed: dict[str, Any] | None = None

    def training_step(self, batch: Any, batch_idx: int) -> Tensor:
        dtype = self.optimizer_config.dtype
        with torch.autocast(self.device.type, dtype=dtype, enabled=dtype is not None):
            output = self.net(batch)
        parts = self.losses(output, batch)
        self._waiting += len(batch)
        for name, value in parts.items():
            self.log(f"train/{name}", value.detach(), batch_size=len(batch))
        return parts["loss"]

    def validation_step(self, batch: Any, batch_idx: int) -> dict[str, Any]:
        output = self.ema(batch)
        # a detector computes its losses itself, but not in prediction
        own_losses = getattr(self.ema, "validation_losses", None)
        parts = self.losses(output if own_losses is None else own_losses(batch), batch)
        values = {**parts, **self.scores(output, batch)}
        self.log_dict({f"val/{name}": float(value) for name, value in values.items()}, batch_size=len(batch))
        return {"output": output}

    def train(self, mode: bool = True) -> TrainingModule:
        """Lightning calls this before every part of the training; what is frozen stays as in prediction."""
        super().train(mode)
        self.ema.eval()
        if self.freezing is not None and mode:
            self.freezing.set(self.steps)
        return self

    def configure_optimizers(self) -> torch.optim.Optimizer:
        config = self.optimizer_config
        groups: dict[tuple[float, float], dict[str, Any]] = {}
        for name, parameter in self.net.named_parameters():
            factor = self.rates.get(name, 1.0)
            decay = 0.0 if config.kind == "adamw" and parameter.ndim <= 1 else config.weight_decay
            group = groups.setdefault((factor, decay), {"params": [], "weight_decay": decay, "factor": factor})
            group["params"].append(parameter)
        optimizer = _OPTIMIZERS[config.kind](list(groups.values()), self.schedule.peak, config)
        if self._resumed is not None:
            optimizer.load_state_dict(self._resumed["optimizer"])
        return optimizer

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        if self.freezing is not None:
            self.freezing.set(self.steps)
        rate = self.schedule.peak * rate_factor(self.schedule, self.steps, self.clock.minutes(), cuts=self.watch.cuts)
        for group in self.optimizers().param_groups:  # type: ignore[union-attr]
            group["lr"] = rate * group["factor"]
        self.log("train/rate", rate, batch_size=len(batch))

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """One step, then the average and the counters, so that callbacks see all of it done."""
        super().optimizer_step(*args, **kwargs)
        self.steps += 1
        self.samples += self._waiting
        self._waiting = 0
        decay = min(self.optimizer_config.ema_decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for average, current in zip(self.ema.parameters(), self.net.parameters(), strict=True):
                average.lerp_(current, 1 - decay)
            for old, new in zip(self.ema.buffers(), self.net.buffers(), strict=True):
                old.copy_(new)

    @property
    def between_steps(self) -> bool:
        """Whether no gradients wait for those of further batches."""
        return self._waiting == 0

    @property
    def is_over(self) -> bool:
        """Whether the schedule has come to its end, or its validation figure has."""
        return self.watch.gave_up or progress(self.schedule, self.steps, self.clock.minutes()) >= 1

    def on_train_start(self) -> None:
        if self._resumed is None:
            self.clock.restart(0.0)
        else:
            self.clock.restart(self._resumed["minutes"])
            torch.set_rng_state(self._resumed["random"])
            self.trainer.precision_plugin.load_state_dict(self._resumed.get("precision", {}))

    def progress_state(self) -> dict[str, Any]:
        """All that a later process needs to go on as if nothing had happened; see `resume`."""
        return {
            "module": self.state_dict(),
            "optimizer": self.optimizers().state_dict(),  # type: ignore[union-attr]
            "random": torch.get_rng_state(),
            "precision": self.trainer.precision_plugin.state_dict(),
            "watch": self.watch.state(),
            "steps": self.steps,
            "samples": self.samples,
            "minutes": self.clock.minutes(),
        }

    def resume(self, state: dict[str, Any]) -> None:
        """Take up where `progress_state` was called; before the trainer starts."""
        self.load_state_dict(state["module"])
        self.steps, self.samples = state["steps"], state["samples"]
        self.clock.restart(state["minutes"])
        self.watch.restore(state.get("watch", {}))  # runs of earlier versions watched nothing
        self._resumed = state

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        return batch.to(device)
