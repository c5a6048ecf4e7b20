"""One concept per file; this list is what the migrations and services see."""

from lms.models.activity_progress import ActivityProgress as ActivityProgress
from lms.models.audit_entry import AuditEntry as AuditEntry
from lms.models.base import db as db
from lms.models.base import db_now as db_now
from lms.models.base import write_intent as write_intent
from lms.models.cohort import Cohort as Cohort
from lms.models.cohort_instructor import CohortInstructor as CohortInstructor
from lms.models.cohort_member import CohortMember as CohortMember
from lms.models.criterion_override import CriterionOverride as CriterionOverride
from lms.models.enrolment import Enrolment as Enrolment
from lms.models.examination import OPEN_EXAMINATIONS as OPEN_EXAMINATIONS
from lms.models.examination import Examination as Examination
from lms.models.examination import ExaminationStatus as ExaminationStatus
from lms.models.lab import Desired as Desired
from lms.models.lab import Lab as Lab
from lms.models.lab_check import LabCheck as LabCheck
from lms.models.lab_custody import LabCustody as LabCustody
from lms.models.lab_step import LabStep as LabStep
from lms.models.one_time_link import LinkPurpose as LinkPurpose
from lms.models.one_time_link import OneTimeLink as OneTimeLink
from lms.models.quiz_attempt import QuizAttempt as QuizAttempt
from lms.models.report import Report as Report
from lms.models.submission import Submission as Submission
from lms.models.user import Role as Role
from lms.models.user import User as User
from lms.models.user_session import UserSession as UserSession
