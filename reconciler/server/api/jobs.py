"""Background jobs over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from reconciler.server.api.answers import plain
from reconciler.server.api.call import Signed
from reconciler.server.api.description import answers, rows_of
from reconciler.server.api.job_rows import JobRow, JobRunRow
from reconciler.server.api.representation import optional_time, time_text
from reconciler.server.domain.jobs import JobRun, JobState
from reconciler.server.usecases import jobs
from reconciler.server.usecases.job_table import job_table

router = APIRouter(prefix="/admin/api/v1", tags=["system-controller"])


def show_run(run: JobRun) -> dict[str, object]:
    """A run as it is answered."""
    return {
        "job": run.job,
        "startedAt": time_text(run.started_at),
        "finishedAt": optional_time(run.finished_at),
        "result": run.result,
        "summary": dict(run.summary),
    }


def show(state: JobState) -> dict[str, object]:
    """A job as it is answered."""
    return {
        "job": state.job,
        "nextAt": time_text(state.next_at),
        "running": state.running,
        "lastRun": None if state.last_run is None else show_run(state.last_run),
    }


@router.get("/jobs", responses=answers() | rows_of(JobRow))
def list_jobs(call: Signed) -> Response:
    """Every background job: when it is due, and what its latest run did."""
    found = jobs.list_jobs(call.world, call.caller)
    return JSONResponse([show(state) for state in found])


@router.post("/job/run", responses=answers(JobRunRow, tagged=False))
def run_job(
    call: Signed, name: Annotated[str, Query(description="The job's name", max_length=64)]
) -> Response:
    """Run a job now and wait for its end; when it is due next stays as it is."""
    run = jobs.run_now(call.world, call.caller, name, job_table(call.world))
    return plain(show_run(run))
