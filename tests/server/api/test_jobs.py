"""Background jobs over HTTP."""

from reconciler.server.domain.jobs import JobName
from tests.server.api.deployment import LOGINS, VENDOR, Deployment


def test_a_job_is_run_and_listed_with_what_it_did(deployment: Deployment) -> None:
    assert deployment.call("GET", "jobs", by=VENDOR).json() == []
    name = {"name": "license-snapshot"}
    run = deployment.call("POST", "job/run", by=VENDOR, query=name)
    assert (run.status, run.json()) == (
        200,
        {
            "job": "license-snapshot",
            "startedAt": "2026-03-01T12:00:00.000Z",
            "finishedAt": "2026-03-01T12:00:00.000Z",
            "result": "OK",
            "summary": {"customers": 2, "taken": 2},
        },
    )
    (row,) = deployment.call("GET", "jobs", by=VENDOR).json()
    assert (row["job"], row["running"], row["lastRun"]) == ("license-snapshot", False, run.json())


def test_jobs_of_partners_that_are_not_there_are_unknown(deployment: Deployment) -> None:
    for job in ("license-sync", "mail-delivery", "pttpro-retry", "exm-license-sync", "x"):
        answer = deployment.call("POST", "job/run", by=VENDOR, query={"name": job})
        assert (answer.status, answer.code) == (400, "VALIDATION")
        assert "license-snapshot" in answer.json()["detail"]


def test_the_jobs_that_need_no_partner_can_be_run(deployment: Deployment) -> None:
    for job in (
        JobName.HOUSEKEEPING,
        JobName.LICENSE_SNAPSHOT,
        JobName.PTT_PRO_REMOVAL,
        JobName.PVM_LICENSE_RELEASE,
    ):
        answer = deployment.call("POST", "job/run", by=VENDOR, query={"name": job})
        assert (answer.status, answer.json()["result"]) == (200, "OK")


def test_nobody_but_the_vendor_sees_jobs(deployment: Deployment) -> None:
    for role in ("User", "Admin", "Super-Admin"):
        assert deployment.call("GET", "jobs", by=LOGINS[role]).status == 403
        answer = deployment.call("POST", "job/run", by=LOGINS[role], query={"name": "x"})
        assert answer.status == 403
