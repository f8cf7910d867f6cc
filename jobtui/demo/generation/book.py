"""The tasks the gateway knows: those of the opening, those that others submit, and ours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from random import Random

from jobtui.core.clock import Clock
from jobtui.core.states import JobState
from jobtui.core.structs import replace
from jobtui.demo.generation.tasks import Fault, Order, Output, Task, Vendor, new_id, vendor_of
from jobtui.demo.world import FAILING_SHARE, Plan, draw_plan, plan_from_id

_PROMPTS = (
    "a lighthouse in heavy rain, slow dolly in",
    "paper boats on a canal at dawn",
    "a fox crossing fresh snow, wide shot",
    "sunrise over three ridges, time lapse",
    "an old tram turning a corner in Lisbon",
    "macro shot of frost growing on glass",
    "kites above a beach, seen from below",
    "a potter's hands at the wheel, warm light",
)
_MODELS = {
    Vendor.MINIMAX: ("video_generation", "MiniMax-Hailuo-02"),
    Vendor.MINIMAX_V2: ("video_generation", "MiniMax-H3"),
    Vendor.JIMENG: ("text2video", "jimeng_t2v_v30"),
    Vendor.VIDU: ("text2video", "viduq1"),
    Vendor.SEEDANCE: ("seedance", "doubao-seedance-1-0-pro"),
    Vendor.KLING: ("text2video", "kling-v2-master"),
    Vendor.OPENAI: ("videos", "sora-2"),
}
_LONGEST_ABSENCE = timedelta(hours=1)
_PICTURE_MODEL = "jimeng_t2i_v31"
_ARRIVING = (Vendor.MINIMAX, Vendor.JIMENG, Vendor.MINIMAX, Vendor.VIDU, Vendor.SEEDANCE)
_SHARED_PATH = frozenset({Vendor.MINIMAX, Vendor.MINIMAX_V2, Vendor.JIMENG, Vendor.VIDU, Vendor.SEEDANCE})

_OPENING: tuple[tuple[Vendor, JobState, Output, Fault | None], ...] = (
    (Vendor.MINIMAX, JobState.FAILED, Output.VIDEO, Fault.OUTPUT_REJECTED),
    (Vendor.SEEDANCE, JobState.SUCCEEDED, Output.VIDEO, None),
    (Vendor.JIMENG, JobState.SUCCEEDED, Output.IMAGE_BASE64, None),
    (Vendor.VIDU, JobState.SUCCEEDED, Output.VIDEO, None),
    (Vendor.JIMENG, JobState.FAILED, Output.VIDEO, Fault.OUTPUT_REJECTED),
    (Vendor.JIMENG, JobState.SUCCEEDED, Output.IMAGE_LINKS, None),
    (Vendor.MINIMAX, JobState.SUCCEEDED, Output.VIDEO, None),
    (Vendor.SEEDANCE, JobState.RUNNING, Output.VIDEO, None),
    (Vendor.MINIMAX, JobState.RUNNING, Output.VIDEO, None),
    (Vendor.JIMENG, JobState.QUEUED, Output.VIDEO, None),
)
"""What exists when the demo opens, oldest first: each kind of result, each way to fail, some alive."""


class TaskBook:
    """Remembers tasks; catches up with the clock whenever it is asked something."""

    def __init__(
        self,
        clock: Clock,
        *,
        speed: float,
        seed: int,
        arrival_gap: timedelta | None,
        draw: Callable[[Random, datetime], Plan] | None = None,
    ) -> None:
        self._clock = clock
        self._speed = speed
        self._random = Random(f"generation:{seed}")
        self._arrival_gap = arrival_gap
        self._draw = draw or (lambda random, created_at: draw_plan(random, created_at, speed=speed))
        self._next_arrival: datetime | None = None
        self._tasks: dict[str, Task] = {}
        self._opened = False

    def tasks(self) -> Sequence[Task]:
        """All tasks, oldest first."""
        self._catch_up()
        return sorted(self._tasks.values(), key=lambda task: (task.plan.created_at, task.id))

    def on_shared_path(self) -> tuple[str, ...]:
        """Ids of the tasks that `/task/{id}` answers for, oldest first."""
        return tuple(task.id for task in self.tasks() if task.order.vendor in _SHARED_PATH)

    def find(self, task_id: str) -> Task | None:
        """The task with this id, if there is one."""
        self._catch_up()
        return self._tasks.get(task_id)

    def find_file(self, file_id: str) -> Task | None:
        """The MiniMax task whose file has this id, or will have it."""
        minimax = (task for task in self.tasks() if task.order.vendor is Vendor.MINIMAX)
        return next((task for task in minimax if task.file_id == file_id), None)

    def submit(self, order: Order) -> Task:
        """Make a task that is created now; it ends as its order foretells."""
        self._catch_up()
        return self._add(order, self._draw(self._random, self._clock.now()))

    def adopt(self, native_ids: Iterable[str]) -> None:
        """Know tasks of an earlier demo again; ids that no vendor makes or that are known are left alone.

        Args:
            native_ids: Bare, or behind the vendor's own path: `kling/v1/videos/text2video/…`, `v1/videos/…`.
        """
        for native_id in native_ids:
            path, _, task_id = native_id.rpartition("/")
            vendor = vendor_of(task_id)
            if vendor is None or task_id in self._tasks:
                continue
            random = Random(task_id)
            output = random.choice(list(Output)) if vendor is Vendor.JIMENG else Output.VIDEO
            order = _order(random, vendor, output, _drawn_fault(random))
            if vendor is Vendor.KLING and path:
                order = replace(order, kind=path.rpartition("/")[2])
            self._keep(task_id, order, plan_from_id(task_id, self._clock.now(), speed=self._speed))

    def cancel(self, task_id: str) -> None:
        """Take back a task that waits; at once, as nothing has begun."""
        task = self._tasks[task_id]
        plan = replace(task.plan.cancelled(self._clock.now()), stopping=timedelta(0))
        self._tasks[task_id] = replace(task, plan=plan)

    def forget(self, task_id: str) -> None:
        """Delete a task."""
        del self._tasks[task_id]

    def _catch_up(self) -> None:
        now = self._clock.now()
        if not self._opened:
            self._opened = True
            self._open(now)
            self._next_arrival = self._arrival_after(now)
        if self._next_arrival is not None:
            # After a long sleep of the machine: nobody submitted anything while nothing ran.
            self._next_arrival = max(self._next_arrival, now - _LONGEST_ABSENCE / self._speed)
        while self._next_arrival is not None and self._next_arrival <= now:
            vendor = self._random.choice(_ARRIVING)
            output = self._random.choice(list(Output)) if vendor is Vendor.JIMENG else Output.VIDEO
            order = _order(self._random, vendor, output, _drawn_fault(self._random))
            self._add(order, self._draw(self._random, self._next_arrival))
            self._next_arrival = self._arrival_after(self._next_arrival)

    def _open(self, now: datetime) -> None:
        age = timedelta(minutes=self._random.uniform(90.0, 120.0))
        for vendor, state, output, fault in _OPENING:
            plan = draw_plan(self._random, now, speed=self._speed)
            if state is JobState.QUEUED:
                created_at = now - plan.queue * 0.2
            elif state is JobState.RUNNING:
                plan = replace(plan, run=timedelta(seconds=self._random.uniform(60.0, 150.0) / self._speed))
                created_at = now - plan.queue - plan.run * self._random.uniform(0.1, 0.4)
            else:
                created_at = now - age - plan.queue - plan.run
                age *= self._random.uniform(0.5, 0.8)
            self._add(_order(self._random, vendor, output, fault), replace(plan, created_at=created_at))

    def _arrival_after(self, moment: datetime) -> datetime | None:
        if self._arrival_gap is None:
            return None
        return moment + self._arrival_gap * self._random.uniform(0.5, 1.5) / self._speed

    def _add(self, order: Order, plan: Plan) -> Task:
        task_id = new_id(order.vendor, self._random, plan.created_at)
        while task_id in self._tasks:
            task_id = new_id(order.vendor, self._random, plan.created_at)
        return self._keep(task_id, order, plan)

    def _keep(self, task_id: str, order: Order, plan: Plan) -> Task:
        """Note a task. Nobody else cancels one here, and its order alone says whether it fails."""
        ending = JobState.SUCCEEDED if order.fault is None else JobState.FAILED
        reach = plan.reach if order.fault else 1.0
        task = Task(task_id, order, replace(plan, ending=ending, reach=reach, cancel_asked_at=None))
        self._tasks[task_id] = task
        return task


def _order(random: Random, vendor: Vendor, output: Output, fault: Fault | None) -> Order:
    kind, model = _MODELS[vendor]
    if output is not Output.VIDEO:
        model = _PICTURE_MODEL
    order = Order(vendor, kind, model, random.choice(_PROMPTS), output, fault=fault)
    return replace(order, size="768P", ratio="16:9") if vendor is Vendor.MINIMAX_V2 else order


def _drawn_fault(random: Random) -> Fault | None:
    return random.choice(list(Fault)) if random.random() < FAILING_SHARE else None
