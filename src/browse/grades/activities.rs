//! How each activity of the course counts, and deciding that anew.

use http::StatusCode;
use maud::{Markup, html};

use super::course;
use crate::app::{App, Form as Sent, Input, Page};
use crate::browse::counting::{self, Fields, USUAL_POINTS, or_usual, percent, points};
use crate::browse::{Error, FORM_LIMIT};
use crate::grades::counting::{USUAL_THRESHOLD, of};
use crate::grades::{self, links};
use crate::people::Member;
use crate::store::ids::LinkKey;
use crate::store::rows::grades::{Column, Counting};
use crate::store::rows::library::{Counts, Kind};
use crate::store::trees::{Items, Links};
use crate::ui::Messages;
use crate::ui::buttons::{Button, Style, button};
use crate::ui::format::{hundredths, moment};
use crate::ui::forms::{Field, Form, checkbox, form};

pub(super) fn section(
    app: &App,
    m: Messages,
    member: &Member,
    columns: &[links::Named],
    wrong: Option<&Wrong>,
) -> Result<Markup, Error> {
    let rows = columns.iter().map(|(link, column)| {
        let counting = of(&app.store, column)?;
        let wrong = Wrong::of(wrong, link);
        activity(app, m, member, (link, column), counting, wrong)
    });
    let rows = rows.collect::<Result<Vec<_>, Error>>()?;
    Ok(html! {
        section aria-labelledby="activities" {
            h2 #activities { (m.text("grades-activities")) }
            ul.activities role="list" {
                @for row in &rows { li { (row) } }
            }
        }
    })
}

fn activity(
    app: &App,
    m: Messages,
    member: &Member,
    (link, column): (&LinkKey, &Column),
    counting: Option<Counting>,
    wrong: Option<&Sent>,
) -> Result<Markup, Error> {
    let item = app.store.get::<Items>(&column.item)?;
    let tuple = (link.connection, link.deployment.clone(), link.link.clone());
    // The platform's own title of the activity, where it tells one: staff know it by that.
    let title = app.store.get::<Links>(&tuple)?.and_then(|link| link.title);
    let title = title.or_else(|| item.as_ref().map(|item| item.title.clone()));
    let title = title.unwrap_or_else(|| m.text("grades-item-gone").into_owned());
    Ok(html! {
        div.activity {
            h3 {
                @if item.is_some() { a href={ "../media/" (column.item) } { (title) } }
                @else { (title) }
            }
            p {
                (words(m, counting))
                @if counting.is_some() && item.as_ref().is_some_and(|item| item.kind == Kind::Collection) {
                    " " (m.text("counting-collection"))
                }
            }
            @if let Some(compared) = column.compared {
                p.hint { (m.text("grades-compared-at")) " " (moment(compared)) "." }
            }
            @if column.lost { p.hint { (m.text("grades-column-lost")) } }
            @if member.contributor().is_some() && item.is_none_or(|item| item.kind.counts()) {
                details.disclosure open[wrong.is_some()] {
                    summary { (m.text("grades-change")) }
                    div.disclosure-body { (change(m, link, counting, wrong)) }
                }
            }
        }
    })
}

/// How something counts, in a sentence.
pub(in crate::browse) fn words(m: Messages, counting: Option<Counting>) -> String {
    let Some(counting) = counting else {
        return m.text("counting-not").into_owned();
    };
    let id = match counting.counts {
        Counts::Completion => "counting-words-completion",
        Counts::Proportion => "counting-words-proportion",
    };
    let mut variables = vec![("points", hundredths(counting.maximum).into())];
    if counting.counts == Counts::Completion {
        let enough = hundredths(u32::from(counting.threshold));
        variables.push(("threshold", enough.into()));
    }
    m.with(id, &variables)
}

/// How much is enough where nobody says.
fn usual_percent() -> String {
    hundredths(u32::from(USUAL_THRESHOLD))
}

/// What was typed into the form of one activity, and cannot be.
pub(super) struct Wrong {
    link: LinkKey,
    fields: Sent,
}

impl Wrong {
    fn of<'a>(wrong: Option<&'a Self>, link: &LinkKey) -> Option<&'a Sent> {
        wrong
            .filter(|wrong| wrong.link == *link)
            .map(|wrong| &wrong.fields)
    }
}

fn change(m: Messages, link: &LinkKey, counting: Option<Counting>, wrong: Option<&Sent>) -> Markup {
    let maximum = counting.map_or_else(|| USUAL_POINTS.to_owned(), |one| hundredths(one.maximum));
    let counts = counting.map(|one| one.counts).unwrap_or_default();
    let threshold = counting.map_or(USUAL_THRESHOLD, |one| one.threshold);
    let threshold = hundredths(u32::from(threshold));
    let typed = |name: &str, usual: &str| {
        let typed = wrong.and_then(|sent| sent.get(name));
        typed.unwrap_or(usual).to_owned()
    };
    let values = [
        typed("maximum", &maximum),
        typed("counts", counting::name(counts)),
        typed("threshold", &threshold),
    ];
    let amiss = |amiss: bool, id: &str| (wrong.is_some() && amiss).then(|| m.text(id));
    let mistakes = [
        amiss(
            points(or_usual(Some(&values[0]), USUAL_POINTS)).is_none(),
            "select-bad-points",
        ),
        amiss(
            percent(or_usual(Some(&values[2]), &usual_percent())).is_none(),
            "select-bad-percent",
        ),
    ];
    let name = links::name(link);
    let fields = Fields {
        apart: &name,
        names: ["maximum", "counts", "threshold"],
        values: values.each_ref().map(String::as_str),
        mistakes: mistakes.each_ref().map(Option::as_deref),
    };
    let place = Form {
        action: "grades",
        hidden: &[("link", &name)],
        ..Form::default()
    };
    let on = wrong.map_or(counting.is_some(), |sent| sent.is_on("graded"));
    form(
        &place,
        &html! {
            div.picked-grade {
                (checkbox(m, &Field {
                    name: "graded",
                    id: Some(&format!("graded-{name}")),
                    label: &m.text("select-field-graded"),
                    ..Field::default()
                }, on))
                (fields.show(m))
            }
            p.hint { (m.text("grades-change-hint")) }
            (button(&Button {
                label: &m.text("grades-change-save"),
                style: Style::Primary,
                ..Button::default()
            }))
        },
    )
}

/// `POST /s/{token}/course/grades` with `link`, `graded`, `maximum`, `counts` and `threshold`: how an
/// activity counts from now on. What was earned so far is reckoned anew in the background, and never
/// becomes less of the whole.
pub async fn decide(app: &App, member: &Member, input: &mut Input) -> Result<Page, Error> {
    course(member)?;
    let contributor = member.contributor().ok_or(Error::OnlyManagers)?;
    let fields = input.form(FORM_LIMIT).await?;
    let link = fields.get("link").and_then(links::named);
    let link = link.ok_or(Error::BadRequest)?;
    let Some(counting) = read(&fields) else {
        let wrong = Wrong { link, fields };
        let page = super::shown(app, member, &Sent::default(), Some(&wrong))?;
        return Ok(page.status(StatusCode::BAD_REQUEST));
    };
    let decided = grades::decide(&app.store, &app.world, contributor, &link, counting).await?;
    if !decided {
        return Err(crate::library::Error::NotFound.into());
    }
    app.grades.wake_errands();
    Ok(Page::see_other("grades?decided#activities"))
}

/// What the form says; the outer `None`: something that cannot be.
#[allow(clippy::option_option, reason = "not counting is an answer, too")]
fn read(fields: &Sent) -> Option<Option<Counting>> {
    if !fields.is_on("graded") {
        return Some(None);
    }
    let counts = counting::named(fields.get("counts"));
    let threshold = match counts {
        Counts::Completion => percent(or_usual(fields.get("threshold"), &usual_percent()))?,
        Counts::Proportion => USUAL_THRESHOLD,
    };
    Some(Some(Counting {
        maximum: points(or_usual(fields.get("maximum"), USUAL_POINTS))?,
        counts,
        threshold,
    }))
}
