//! What is done with many grades in the background: how far it has come, and what came of it.

use maud::{Markup, html};

use crate::app::{App, Form as Query};
use crate::browse::Error;
use crate::grades;
use crate::people::Member;
use crate::store::rows::grades::{Errand, Task};
use crate::ui::Messages;
use crate::ui::notices::{Tone, notice};

/// By which word the page's address asks what became of a task.
const fn word(task: Task) -> &'static str {
    match task {
        Task::Resend => "resent",
        Task::Reckon => "decided",
        Task::Compare => "compared",
    }
}

/// All that is under way of one task.
#[derive(Default)]
struct Running {
    number: usize,
    done: u64,
    of: Option<u64>,
}

impl Running {
    fn add(&mut self, errand: &Errand) {
        self.number += 1;
        self.done += errand.done;
        if let Some(of) = errand.of {
            // Others may have come since it was counted.
            self.of = Some(self.of.unwrap_or(0) + of.max(errand.done));
        }
    }
}

/// How far everything is, and what became of that which the address asks for.
pub(super) fn shown(
    app: &App,
    m: Messages,
    member: &Member,
    query: &Query,
) -> Result<Markup, Error> {
    let errands = grades::errands(&app.store, member)?;
    let running = Task::ALL.map(|task| {
        let mut running = Running::default();
        errands
            .iter()
            .filter(|(what, errand)| what.task == task && errand.ended.is_none())
            .for_each(|(_, errand)| running.add(errand));
        (task, running)
    });
    let running: Vec<_> = running
        .into_iter()
        .filter(|(_, one)| one.number > 0)
        .collect();
    let words: Vec<&str> = running.iter().map(|(task, _)| word(*task)).collect();
    let again = format!("grades?{}", words.join("&"));
    let ended = errands.iter().filter(|(what, errand)| {
        what.link.is_none() && errand.ended.is_some() && query.get(word(what.task)).is_some()
    });
    Ok(html! {
        @for (place, (task, one)) in running.iter().enumerate() {
            @let look = (place + 1 == running.len()).then_some(again.as_str());
            (under_way(m, *task, one, look))
        }
        @for (what, errand) in ended {
            @match what.task {
                Task::Resend => { (sent(m, errand)) },
                Task::Compare => { (compared(m, errand)) },
                Task::Reckon => {},
            }
        }
    })
}

fn under_way(m: Messages, task: Task, running: &Running, look: Option<&str>) -> Markup {
    let title = match task {
        Task::Resend => m.text("grades-resending"),
        Task::Reckon => m.text("grades-reckoning"),
        Task::Compare => m.text("grades-comparing"),
    };
    let far = match running.of {
        Some(of) => {
            let numbers = [("done", running.done.into()), ("of", of.into())];
            m.with("grades-far", &numbers)
        }
        None => m.text("grades-far-unknown").into_owned(),
    };
    notice(
        m,
        Tone::Info,
        &title,
        Some(&html! {
            @if let Some(of) = running.of.filter(|of| *of > 0) {
                progress max=(of) value=(running.done) aria-label=(title) { (far) }
            }
            p {
                (far) " " (m.text("grades-goes-on"))
                @if let Some(look) = look {
                    " " a href=(look) data-look-again { (m.text("grades-look")) }
                }
            }
        }),
    )
}

fn counted(m: Messages, id: &str, number: u64) -> String {
    m.with(id, &[("number", number.into())])
}

fn sent(m: Messages, errand: &Errand) -> Markup {
    let title = counted(m, "grades-resent", errand.found);
    notice(m, Tone::Success, &title, None)
}

fn compared(m: Messages, errand: &Errand) -> Markup {
    let says = |tone, id: &str, number| notice(m, tone, &counted(m, id, number), None);
    let left_out = [
        ("grades-unread", errand.unread),
        ("grades-untold", errand.untold),
    ];
    let tone = if errand.found == 0 {
        Tone::Success
    } else {
        Tone::Warning
    };
    // Where nothing could be read, nothing is known to be well.
    let nothing = errand.done == 0 && errand.unread > 0 && errand.found == 0;
    html! {
        @if !nothing { (says(tone, "grades-compared", errand.found)) }
        @for (id, number) in left_out {
            @if number > 0 { (says(Tone::Warning, id, number)) }
        }
    }
}
