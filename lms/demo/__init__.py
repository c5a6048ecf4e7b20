"""A believable organisation to look around in: two cohorts, an instructor, thirty learners, months of history."""

from lms.demo.organisation import fill as fill
from lms.demo.organisation import shown_people as shown_people
