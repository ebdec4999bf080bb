//! Writes every component as static pages, to look at and to run accessibility checks on:
//!
//! ```sh
//! cargo run --example gallery -- /tmp/gallery
//! python3 -m http.server --directory /tmp/gallery
//! ```

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use lanterna::ui::buttons::{self, Button, LinkButton, Style};
use lanterna::ui::charts::{self, Along, Cell, Day, Heat, Steps};
use lanterna::ui::finder::{self, Chip, Finder, Narrowing};
use lanterna::ui::forms::{
    self, Choice, Field, Files, Form, Lines, Password, Sending, Text, TextKind,
};
use lanterna::ui::icons::Icon;
use lanterna::ui::layout::{self, Area, Frame, NavLink, Role, Width};
use lanterna::ui::media::{self, Card, Kind, Link, Visibility};
use lanterna::ui::notices::{self, Empty, Problem, Tone};
use lanterna::ui::picker::{self, Bar, Picked, Picker, Tab};
use lanterna::ui::player::{self, Player};
use lanterna::ui::progress::Telling;
use lanterna::ui::tables::{self, Table};
use lanterna::ui::upload::{self, UploadPanel};
use lanterna::ui::{Messages, assets, format};
use lanterna::world::Time;
use maud::{Markup, html};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let folder = Path::new(&folder);
    for name in assets::names() {
        let address = assets::url("", &name);
        let asset = assets::get(&name).ok_or("a name without a file")?;
        write(&folder.join(address.trim_start_matches('/')), &asset.bytes)?;
    }
    let pages = [
        ("index.html", parts()),
        ("library.html", library()),
        ("empty.html", empty()),
        ("select.html", select()),
        ("upload.html", upload_page()),
        ("watch.html", watch()),
        ("status.html", status()),
        ("sign-in.html", sign_in()),
        ("front.html", front()),
        ("practice.html", practice()),
        ("problem.html", problem()),
        ("charts.html", charts()),
    ];
    for (name, page) in pages {
        write(&folder.join(name), page.into_string().as_bytes())?;
    }
    Ok(())
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, bytes)
}

/// The frame of a launched teacher.
fn launched() -> Frame<'static> {
    Frame {
        title: "Library",
        area: Area::Launched,
        person: Some("Ada Lovelace"),
        role: Some(Role::Manager),
        course: Some("Physics 9b: Waves and light"),
        navigation: &[
            NavLink {
                href: "library.html",
                label: "Library",
                current: true,
            },
            NavLink {
                href: "upload.html",
                label: "Upload",
                current: false,
            },
            NavLink {
                href: "course.html",
                label: "This course",
                current: false,
            },
        ],
        ..Frame::default()
    }
}

fn parts() -> Markup {
    let m = Messages::default();
    let content = html! {
        p.lead { "Every component, to look at in light and dark, narrow and wide." }
        section {
            h2 { "Buttons" }
            (buttons::button_row(&html! {
                (buttons::button(&Button { label: "Save", style: Style::Primary, ..Button::default() }))
                (buttons::button(&Button { label: "Preview", icon: Some(Icon::Play), ..Button::default() }))
                (buttons::button(&Button { label: "Cancel", style: Style::Quiet, ..Button::default() }))
                (buttons::button(&Button { label: "Delete", style: Style::Danger, ..Button::default() }))
                (buttons::link_button(&LinkButton {
                    href: "library.html",
                    label: "Open in a new window",
                    icon: Some(Icon::Elsewhere),
                    ..LinkButton::default()
                }))
            }))
        }
        section {
            h2 { "Notices" }
            (notices::notice(m, Tone::Info, "Captions are being made.", None))
            (notices::notice(m, Tone::Success, "“Standing waves” is in your library.", None))
            (notices::notice(m, Tone::Warning, "The disk is almost full.", Some(&html! {
                p { "Uploads stop at 1 GB of free space. " a href="status.html" { "See the status" } "." }
            })))
            (notices::notice(m, Tone::Error, "The file was not saved.", Some(&html! {
                p { "Please try again in a moment." }
            })))
        }
        section {
            h2 { "Badges" }
            (buttons::button_row(&html! {
                (notices::badge(None, None, "Teacher"))
                (notices::badge(Some(Tone::Info), Some(Icon::Clock), "Waiting"))
                (notices::badge(Some(Tone::Success), Some(Icon::Check), "Accepted"))
                (notices::badge(Some(Tone::Warning), Some(Icon::Warning), "To approve"))
                (notices::badge(Some(Tone::Error), Some(Icon::Error), "Refused"))
                (Visibility::Private.badge(m))
                (Visibility::Course.badge(m))
            }))
        }
        section { h2 { "A form" } (sample_form(m)) }
        section {
            h2 { "Copying" }
            (forms::copy_field(m, "jwks", "Key set address", "https://media.school.example/lti/jwks"))
        }
        section {
            h2 { "Asking first" }
            (tables::disclosure("Delete this video", &html! {
                p { "It disappears from every course it was placed in." }
                (forms::form(&Form { action: "delete", ..Form::default() }, &html! {
                    (buttons::button(&Button { label: "Delete for good", style: Style::Danger, ..Button::default() }))
                }))
            }))
        }
    };
    let frame = Frame {
        title: "Components",
        ..launched()
    };
    layout::page(&frame, &content)
}

fn charts() -> Markup {
    let m = Messages::default();
    let parts: Vec<charts::Part> = (0..50_u64)
        .map(|n| charts::Part {
            people: if (30..38).contains(&n) {
                9 + n % 3
            } else {
                27 - n / 3
            },
            again: if (12..16).contains(&n) {
                14 + n % 2
            } else {
                n * 7 % 5
            },
        })
        .collect();
    let day = |n: u64, started, finished| Day {
        at: Time::from_seconds(1_795_000_000 + n * 86_400),
        started,
        finished,
    };
    let days = [
        day(0, 3, 0),
        day(1, 11, 2),
        day(2, 15, 6),
        day(4, 19, 9),
        day(7, 26, 20),
        day(8, 27, 23),
    ];
    let cells: Vec<Cell> = (0..40_u32)
        .map(|n| match n * 7 % 11 {
            0..=5 => Cell::Finished,
            6 | 7 => Cell::Untouched,
            more => Cell::Begun(more * 9 - 40),
        })
        .collect();
    let content = html! {
        section {
            h2 { "What is watched" }
            (charts::heat(m, &Heat {
                id: "heat",
                along: Along::Time(Duration::from_secs(754)),
                parts: &parts,
                started: 28,
            }))
        }
        section {
            h2 { "Over time" }
            (charts::steps(m, &Steps {
                id: "steps",
                days: &days,
                until: Time::from_seconds(1_795_000_000 + 11 * 86_400),
                people: 31,
            }))
        }
        section {
            h2 { "Bars" }
            p { (charts::bar(m, 62)) }
            p { (charts::strip(&cells)) }
        }
    };
    let frame = Frame {
        title: "Charts",
        ..launched()
    };
    layout::page(&frame, &content)
}

fn sample_form(m: Messages) -> Markup {
    let title = Field {
        name: "title",
        label: "Title",
        hint: Some("As students see it."),
        required: true,
        ..Field::default()
    };
    let site = Field {
        name: "site",
        label: "Web site",
        error: Some("This doesn’t look like a web address."),
        ..Field::default()
    };
    let language = Field {
        name: "language",
        label: "Language",
        ..Field::default()
    };
    let languages = [("en", "English"), ("de", "Deutsch")].map(|(value, label)| Choice {
        value,
        label,
        hint: None,
    });
    let seen_by = Field {
        name: "visibility",
        label: "Who can see it?",
        required: true,
        ..Field::default()
    };
    let choices = [Visibility::Private, Visibility::Course]
        .map(|one| (one.value(), one.name(m), one.hint(m)));
    let choices: Vec<_> = choices
        .iter()
        .map(|(value, label, hint)| Choice {
            value,
            label,
            hint: Some(hint),
        })
        .collect();
    let about = Field {
        name: "about",
        label: "Description",
        ..Field::default()
    };
    let kept = Field {
        name: "kept",
        label: "Others may download it",
        hint: Some("Whoever can see it is offered the file."),
        ..Field::default()
    };
    let picture = Field {
        name: "picture",
        label: "Picture",
        ..Field::default()
    };
    let form = Form {
        action: "save",
        sending: Sending::Multipart,
        hidden: &[("item", "12")],
        ..Form::default()
    };
    forms::form(
        &form,
        &html! {
            (forms::text_field(m, &title, &Text { value: "Standing waves", ..Text::default() }))
            (forms::text_field(m, &site, &Text { kind: TextKind::Url, value: "school", ..Text::default() }))
            (forms::text_area(m, &about, &Lines { value: "Two lines\nof words", rows: 3, ..Lines::default() }))
            (forms::select(m, &language, &languages, "en"))
            (forms::radio_group(m, &seen_by, &choices, "course"))
            (forms::checkbox(m, &kept, true))
            (forms::file_field(m, &picture, &Files { accept: "image/*", multiple: false }))
            (buttons::button_row(&html! {
                (buttons::button(&Button { label: "Save", style: Style::Primary, ..Button::default() }))
                (buttons::link_button(&LinkButton { href: "library.html", label: "Cancel", style: Style::Quiet, ..LinkButton::default() }))
            }))
        },
    )
}

fn library() -> Markup {
    const TAGS: [Link<'_>; 2] = [
        Link {
            href: "library.html",
            label: "waves",
        },
        Link {
            href: "library.html",
            label: "wave optics",
        },
    ];
    let m = Messages::default();
    let kinds = [
        (
            Kind::Video,
            "Standing waves on a string",
            Some(245),
            48_200_000,
        ),
        (
            Kind::Audio,
            "Interview with Dr Mensah about sound and silence in concert halls",
            Some(1_934),
            31_000_000,
        ),
        (Kind::Image, "Interference pattern", None, 2_400_000),
        (Kind::Pdf, "Worksheet 4", None, 310_000),
        (Kind::Document, "Measurements", None, 18_000),
        (Kind::Video, "Ripple tank", Some(3_723), 1_240_000_000),
    ];
    let items = kinds.map(|(kind, title, seconds, bytes)| Card {
        href: "watch.html",
        title,
        kind,
        duration: seconds.map(Duration::from_secs),
        bytes: Some(bytes),
        visibility: Some(if kind == Kind::Document {
            Visibility::Private
        } else {
            Visibility::Course
        }),
        owner: (kind == Kind::Audio).then_some(Link {
            href: "library.html",
            label: "Grace Hopper",
        }),
        tags: &TAGS,
        thumbnail: None,
        left: None,
    });
    let actions = buttons::link_button(&LinkButton {
        href: "upload.html",
        label: "Upload",
        style: Style::Primary,
        icon: Some(Icon::Upload),
    });
    let frame = Frame {
        actions: Some(&actions),
        ..launched()
    };
    let content = html! {
        (find())
        (media::cards(m, &items))
        (tables::pager(m, Some("?after=17")))
    };
    layout::page(&frame, &content)
}

fn find() -> Markup {
    let choices = |names: [(&'static str, &'static str); 2]| {
        names.map(|(value, label)| Choice {
            value,
            label,
            hint: None,
        })
    };
    let [kinds, sorts] = [
        choices([("", "All types"), ("video", "Video")]),
        choices([("newest", "Newest first"), ("title", "Title, A to Z")]),
    ];
    let narrowing = |name, label, choices| Narrowing {
        name,
        label,
        choices,
        chosen: "title",
    };
    finder::finder(
        Messages::default(),
        &Finder {
            action: "library.html",
            hidden: &[],
            text: "waves",
            text_max: 200,
            narrowings: &[
                narrowing("kind", "Type", &kinds),
                narrowing("seen", "Who can see it", &kinds),
                narrowing("sort", "Order", &sorts),
            ],
            chips: &[Chip {
                label: "Tag: wave optics",
                remove: "Remove “Tag: wave optics”",
                href: "library.html",
            }],
        },
    )
}

fn select() -> Markup {
    let m = Messages::default();
    let things = [
        (Kind::Video, "Standing waves on a string", Some(245), None),
        (
            Kind::Audio,
            "Lecture 3: The wave equation, step by step",
            Some(2_710),
            Some("Grace Hopper"),
        ),
        (Kind::Pdf, "Worksheet 4", None, None),
        (
            Kind::Video,
            "Ripple tank",
            Some(3_723),
            Some("Grace Hopper"),
        ),
    ];
    let ids = ["1", "2", "3", "4"];
    let choices: Vec<_> = things
        .iter()
        .zip(ids)
        .map(|((kind, title, seconds, owner), id)| picker::Choice {
            id,
            title,
            kind: *kind,
            duration: seconds.map(Duration::from_secs),
            owner: *owner,
            hindrance: (id == "4").then_some("You can watch it, but not place it."),
            picked: id == "2",
            thumbnail: None,
        })
        .collect();
    let tab = |value, label, current| Tab {
        value,
        label,
        current,
    };
    let content = html! {
        p.lead { "For “Waves and light”. Tick what you want to add." }
        (picker::picker(m, &Picker {
            action: "select.html",
            several: true,
            list: "mine",
            text: "",
            text_max: 200,
            kinds: &[Choice { value: "", label: "All types", hint: None }],
            kind: "",
            tabs: &[
                tab("mine", "My media", true),
                tab("course", "This course", false),
                tab("shared", "Shared with me", false),
            ],
            choices: &choices,
            empty: None,
            more: Some("next"),
            unfinished: false,
            bar: Bar {
                elsewhere: &[Picked { id: "9", title: "Young’s double slit" }],
                number: 2,
            },
        }))
    };
    let frame = Frame {
        title: "Pick media",
        navigation: &[],
        ..launched()
    };
    layout::page(&frame, &content)
}

fn empty() -> Markup {
    let content = notices::empty_state(&Empty {
        title: "Nothing here yet",
        text: "What you upload appears here, and you can place it in your courses.",
        action: Some(("upload.html", "Upload your first video")),
    });
    layout::page(&launched(), &content)
}

fn upload_page() -> Markup {
    let panel = UploadPanel {
        max_bytes: 8_589_934_592,
        accept: "video/*,audio/*,image/*,application/pdf",
        visibilities: &[Visibility::Private, Visibility::Course],
        ..UploadPanel::default()
    };
    let frame = Frame {
        title: "Upload",
        ..launched()
    };
    layout::page(&frame, &upload::upload_panel(Messages::default(), &panel))
}

fn watch() -> Markup {
    let m = Messages::default();
    let video = Player {
        video: true,
        title: "Standing waves on a string",
        src: "missing.mp4",
        media_type: "video/mp4",
        stopped_at: Some(Duration::from_secs(754)),
        watched_to: Some(Telling {
            to: "watched",
            pass: "",
        }),
        picture_to: Some("poster"),
        ..Player::default()
    };
    let audio = Player {
        title: "Interview",
        src: "missing.mp3",
        media_type: "audio/mpeg",
        ..Player::default()
    };
    let frame = Frame {
        title: "Standing waves on a string",
        role: Some(Role::Member),
        ..launched()
    };
    let content = html! {
        (player::player(m, &video))
        (player::player(m, &audio))
        (tables::facts(&[
            ("Added", format::moment(Time::from_seconds(1_795_356_300))),
            ("Size", html! { (format::size(m, 48_200_000)) }),
            ("Who can see it", Visibility::Course.badge(m)),
        ]))
    };
    layout::page(&frame, &content)
}

fn status() -> Markup {
    let ok = || notices::badge(Some(Tone::Success), Some(Icon::Check), "Accepted");
    let no = || notices::badge(Some(Tone::Error), Some(Icon::Error), "Refused");
    let launch = |seconds, name: &str, state, reference: &str| {
        vec![
            format::moment(Time::from_seconds(seconds)),
            html! { (name) },
            state,
            html! { code { (reference) } },
        ]
    };
    let rows = [
        launch(
            1_795_356_300,
            "School Moodle",
            ok(),
            "01JD9Z6W3V8T2QK4M5N6P7R8S9",
        ),
        launch(
            1_795_352_300,
            "School Moodle",
            no(),
            "01JD9Z6W3V8T2QK4M5N6P7R8T1",
        ),
        launch(
            1_795_350_000,
            "Practice course",
            ok(),
            "01JD9Z6W3V8T2QK4M5N6P7R8V2",
        ),
    ];
    let corner = forms::form(
        &Form {
            action: "sign-out",
            hidden: &[("token", "x")],
            inline: true,
            ..Form::default()
        },
        &buttons::button(&Button {
            label: "Sign out",
            style: Style::Quiet,
            ..Button::default()
        }),
    );
    let frame = Frame {
        title: "Status",
        area: Area::Admin,
        person: Some("admin"),
        role: Some(Role::Administrator),
        course: None,
        navigation: &[NavLink {
            href: "status.html",
            label: "Status",
            current: true,
        }],
        corner: Some(&corner),
        ..launched()
    };
    let content = html! {
        (tables::facts(&[
            ("Version", html! { "0.1.0" }),
            ("Configuration", html! { code { "/etc/lanterna/config.toml" } }),
            ("Disk", html! { "412 GB free of 1 TB" }),
            ("Store", html! { "healthy; last checkpoint " (format::moment(Time::from_seconds(1_795_356_300))) }),
        ]))
        (tables::table(&Table {
            caption: "Recent launches",
            columns: &["When", "Connection", "Result", "Reference"],
            rows: &rows,
            empty: "No launches yet.",
        }))
        (tables::table(&Table {
            caption: "Connections",
            columns: &["Name", "State"],
            rows: &[],
            empty: "No LMS is connected yet.",
        }))
    };
    layout::page(&frame, &content)
}

fn sign_in() -> Markup {
    let m = Messages::default();
    let name = Field {
        name: "name",
        label: "Name",
        required: true,
        ..Field::default()
    };
    let password = Field {
        name: "password",
        label: "Password",
        error: Some("Name and password don’t match."),
        required: true,
        ..Field::default()
    };
    let frame = Frame {
        title: "Sign in",
        area: Area::Admin,
        width: Width::Narrow,
        ..Frame::default()
    };
    let form = Form {
        action: "sign-in",
        ..Form::default()
    };
    let content = forms::form(
        &form,
        &html! {
            (forms::text_field(m, &name, &Text { autocomplete: Some("username"), ..Text::default() }))
            (forms::password_field(m, &password, Password::Current))
            (buttons::button(&Button { label: "Sign in", style: Style::Primary, ..Button::default() }))
        },
    );
    layout::page(&frame, &content)
}

fn front() -> Markup {
    let frame = Frame {
        title: "A media library for your courses",
        width: Width::Narrow,
        ..Frame::default()
    };
    let content = html! {
        p.lead { "Teachers upload or record, pick media from inside their course, and see who watched. Students press play." }
        (buttons::button_row(&html! {
            (buttons::link_button(&LinkButton { href: "practice.html", label: "Try the practice course", style: Style::Primary, icon: Some(Icon::Play) }))
            (buttons::link_button(&LinkButton { href: "sign-in.html", label: "Administration", ..LinkButton::default() }))
        }))
    };
    layout::page(&frame, &content)
}

fn practice() -> Markup {
    let frame = Frame {
        title: "Practice course",
        area: Area::Practice,
        ..Frame::default()
    };
    let content = html! {
        p { "Launch Lanterna as one of these people." }
        (buttons::button_row(&html! {
            (buttons::button(&Button { label: "Tilda, the teacher", style: Style::Primary, ..Button::default() }))
            (buttons::button(&Button { label: "Sam, a student", ..Button::default() }))
        }))
    };
    layout::page(&frame, &content)
}

fn problem() -> Markup {
    notices::problem_page(
        &Frame::default(),
        &Problem {
            code: "session-ended",
            parameter: None,
            reference: Some("01JD9Z6W3V8T2QK4M5N6P7R8S9"),
            action: None,
        },
    )
}
