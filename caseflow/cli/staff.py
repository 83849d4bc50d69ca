"""``caseflow staff``: the people of an office, added by whoever runs the server."""

from __future__ import annotations

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.domain.access import Role


@click.group()
def staff() -> None:
    """Add the people who sign in, say where their reminders go, name the head of the office."""


@staff.command()
@click.argument("login")
@click.option("--role", "roles", type=click.Choice([role.value for role in Role]), multiple=True, required=True)
@click.option("--name-en", required=True, help="The name in Latin letters.")
@click.option("--name-zh", required=True, help="The name in Chinese.")
@click.option("--office", required=True, help="The code of the office, for instance YL.")
@click.option("--office-en", help="The office's name in English; needed when the office is new.")
@click.option("--office-zh", help="The office's name in Chinese; needed when the office is new.")
@click.option("--email", help="Where reminders go by mail; without it they are only in the inbox.")
@click.password_option(
    help="At least 12 characters, and no common one; asked for when left out, which keeps it off the screen."
)
def add(
    login: str,
    roles: tuple[str, ...],
    name_en: str,
    name_zh: str,
    office: str,
    office_en: str | None,
    office_zh: str | None,
    email: str | None,
    password: str,
) -> None:
    """Add a member of staff, and the office where it is new. The record keeps who was added and with which roles."""
    titles = (office_en, office_zh) if office_en and office_zh else None
    with attached() as settings:
        try:
            bootstrap.add_staff(
                bootstrap.database_address(settings),
                bootstrap.NewPerson(
                    login=login.strip().lower(),
                    name_en=name_en,
                    name_zh=name_zh,
                    roles=tuple(Role(role) for role in roles),
                    password=password,
                    office_code=office,
                    office_titles=titles,
                    email=email,
                ),
            )
        except bootstrap.StaffRefused as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{login} may sign in. 已添加，可以登录。")


@staff.command()
@click.argument("login")
@click.option("--email", help="Where the person's reminders go by mail.")
@click.option("--none", "nowhere", is_flag=True, help="Send no mail; the inbox has everything.")
def mail(login: str, email: str | None, nowhere: bool) -> None:
    """Say where the reminders of LOGIN go by mail."""
    if (email is None) is not nowhere:
        message = "give either --email ADDRESS or --none"
        raise click.UsageError(message)
    with attached() as settings:
        try:
            bootstrap.set_staff_email(bootstrap.database_address(settings), login, email)
        except bootstrap.StaffRefused as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"Reminders of {login} go {f'to {email}' if email else 'to the inbox only'}. 已设置。")


@staff.command()
@click.argument("login")
def head(login: str) -> None:
    """Name LOGIN head of their office: escalations go there in the end."""
    with attached() as settings:
        try:
            bootstrap.name_head(bootstrap.database_address(settings), login)
        except bootstrap.StaffRefused as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"{login} is head of the office. 已设为机关负责人。")
