"""The composition root: the only package that knows both the services and what they run on."""

from __future__ import annotations

from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from caseflow.adapters.bundles import BundleTooLarge as BundleTooLarge
from caseflow.adapters.bundles import verify_bundle as verify_bundle
from caseflow.adapters.business_time import SetTime as SetTime
from caseflow.adapters.charts import Drawing as Drawing
from caseflow.adapters.charts import chart_svg as chart_svg
from caseflow.adapters.diagrams import DiagramUnavailableError as DiagramUnavailableError
from caseflow.adapters.diagrams import mermaid as mermaid
from caseflow.adapters.diagrams import workflow_svg as workflow_svg
from caseflow.adapters.embedded import EmbeddedServers as EmbeddedServers
from caseflow.adapters.embedded import HomeInUse as HomeInUse
from caseflow.adapters.embedded import ServerAddresses as ServerAddresses
from caseflow.adapters.embedded import ServerError as ServerError
from caseflow.adapters.embedded import ServerReport as ServerReport
from caseflow.adapters.embedded import attach_or_start as attach_or_start
from caseflow.adapters.embedded import check_given as check_given
from caseflow.adapters.embedded import check_postgres as check_postgres
from caseflow.adapters.embedded import check_redis as check_redis
from caseflow.adapters.embedded import complete as complete
from caseflow.adapters.embedded import held as held
from caseflow.adapters.embedded import only_one as only_one
from caseflow.adapters.file_keys import FileKeysUnusable as FileKeysUnusable
from caseflow.adapters.published_calendar import published_calendar as published_calendar
from caseflow.adapters.queue import RedisWake as RedisWake
from caseflow.adapters.queue import queue_worker as queue_worker
from caseflow.adapters.signing_key import SigningKey as SigningKey
from caseflow.adapters.signing_key import SigningKeyUnusable as SigningKeyUnusable
from caseflow.bootstrap.application import Application as Application
from caseflow.bootstrap.application import build_application as build_application
from caseflow.bootstrap.application import build_delivery as build_delivery
from caseflow.bootstrap.application import build_health as build_health
from caseflow.bootstrap.background import Background as Background
from caseflow.bootstrap.background import build_background as build_background
from caseflow.bootstrap.case_imports import build_import_worker as build_import_worker
from caseflow.bootstrap.data_keys import DataKeyKeeping as DataKeyKeeping
from caseflow.bootstrap.data_keys import KeysRefused as KeysRefused
from caseflow.bootstrap.data_keys import new_data_key as new_data_key
from caseflow.bootstrap.databases import check_migrations as check_migrations
from caseflow.bootstrap.databases import database_address as database_address
from caseflow.bootstrap.databases import make_engine as make_engine
from caseflow.bootstrap.databases import migrate as migrate
from caseflow.bootstrap.databases import migration_revisions as migration_revisions
from caseflow.bootstrap.databases import role_address as role_address
from caseflow.bootstrap.file_room import build_file_room as build_file_room
from caseflow.bootstrap.file_room import build_file_store as build_file_store
from caseflow.bootstrap.file_room import prepare_files as prepare_files
from caseflow.bootstrap.files import load_definitions as load_definitions
from caseflow.bootstrap.files import load_law as load_law
from caseflow.bootstrap.files import shipped_chart as shipped_chart
from caseflow.bootstrap.files import shipped_definitions as shipped_definitions
from caseflow.bootstrap.files import shipped_law as shipped_law
from caseflow.bootstrap.mail import build_mail as build_mail
from caseflow.bootstrap.mail import mail_rules as mail_rules
from caseflow.bootstrap.offices import add_office as add_office
from caseflow.bootstrap.papers import Papers as Papers
from caseflow.bootstrap.papers import build_papers as build_papers
from caseflow.bootstrap.papers import check_papers as check_papers
from caseflow.bootstrap.papers import check_templates as check_templates
from caseflow.bootstrap.privacy import build_field_cipher as build_field_cipher
from caseflow.bootstrap.record_keeping import RecordKeeping as RecordKeeping
from caseflow.bootstrap.record_keeping import build_record_keeping as build_record_keeping
from caseflow.bootstrap.referral_room import build_referral_bundles as build_referral_bundles
from caseflow.bootstrap.retention import RetentionWork as RetentionWork
from caseflow.bootstrap.retention import build_retention_work as build_retention_work
from caseflow.bootstrap.setting_up import add_staff as add_staff
from caseflow.bootstrap.setting_up import begin_production as begin_production
from caseflow.bootstrap.setting_up import demo_county as demo_county
from caseflow.bootstrap.setting_up import demo_logins as demo_logins
from caseflow.bootstrap.setting_up import load_county as load_county
from caseflow.bootstrap.setting_up import name_head as name_head
from caseflow.bootstrap.setting_up import set_staff_email as set_staff_email
from caseflow.bootstrap.setting_up import setup_event as setup_event
from caseflow.bootstrap.staffing import office_staff as office_staff
from caseflow.bootstrap.wind_down import WindDownWork as WindDownWork
from caseflow.bootstrap.wind_down import build_wind_down_work as build_wind_down_work
from caseflow.config import APPLICATION_ROLE as APPLICATION_ROLE
from caseflow.config import SPENDING_ROLE as SPENDING_ROLE
from caseflow.persistence.classification import data_classes_page as data_classes_page
from caseflow.persistence.migrate import MigrationDrift as MigrationDrift
from caseflow.persistence.office_scope import NOBODY as NOBODY
from caseflow.persistence.office_scope import SYSTEM as SYSTEM
from caseflow.persistence.office_scope import acting_for as acting_for
from caseflow.persistence.office_scope import scope_now as scope_now
from caseflow.persistence.office_scope import set_scope as set_scope
from caseflow.persistence.roles import RolesMissing as RolesMissing
from caseflow.services.demo import DemoRefused as DemoRefused
from caseflow.services.demo import LoadReport as LoadReport
from caseflow.services.establishing import NewPerson as NewPerson
from caseflow.services.establishing import StaffRefused as StaffRefused
from caseflow.services.offices import NewOffice as NewOffice
from caseflow.services.offices import OfficeRefused as OfficeRefused
from caseflow.services.ports.files import FileDamaged as FileDamaged

DatabaseUnavailable = DBAPIError
# Of these, what says that the server itself cannot be had; anything else is a fault of one round.
DATABASE_AWAY = (OperationalError, InterfaceError)
QueueUnavailable = RedisError
