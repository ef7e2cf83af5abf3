"""Approvals: what one person asks for and, in production, another one decides.

    pending ──approve──▶ approved      what was asked for is done in the same transaction,
       │  ├──reject───▶ rejected       or leaves by the outbox where it happens outside
       │  ├──cancel───▶ cancelled
       │  └──its time─▶ expired

A request's columns never change (the database grants no UPDATE of them), and everything an approver
is shown has a hash, which a decision names (`decisions`).
"""

from handlers.domain.approvals.approval import (
    LIFE,
    Approval,
    ApprovalPriority,
    ApprovalStatus,
    NewApproval,
    hash_content,
    may_approve,
    may_process,
)
from handlers.domain.approvals.decisions import Decision, Verdict, cancel, process
from handlers.domain.approvals.reading import find_all, read
from handlers.domain.approvals.requests import create

__all__ = [
    "LIFE",
    "Approval",
    "ApprovalPriority",
    "ApprovalStatus",
    "Decision",
    "NewApproval",
    "Verdict",
    "cancel",
    "create",
    "find_all",
    "hash_content",
    "may_approve",
    "may_process",
    "process",
    "read",
]
