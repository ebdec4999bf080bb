//! `lanterna import`: a folder of media for one owner.

mod door;
mod progress;
mod report;
mod source;
mod walk;

use std::path::PathBuf;
use std::process::ExitCode;

use futures_util::stream;

use self::door::Door;
use self::progress::Progress;
use self::report::{Entry, Outcome, Report};
use self::source::{Broken, Source, Stop};
use self::walk::{Captions, Found, Place, Walk, walk};
use super::arguments::Import;
use super::{Failure, say};
use crate::config::{ByteSize, Loaded};
use crate::library::captions::BYTES_MAX;
use crate::library::import::{Ask, NewFile, Reply, Whom};
use crate::library::words::{DESCRIPTION_MAX, TAGS_MAX, Tags};
use crate::lti;
use crate::world::World;

/// The exit status of what Ctrl-C stopped.
const STOPPED: u8 = 130;

/// Imports, and says what became of it.
pub(super) fn run(loaded: &Loaded, world: &World, arguments: &Import) -> Result<ExitCode, Failure> {
    lti::crypto::install();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let done = runtime.block_on(import(loaded, world, arguments));
    // A disk that hangs must not hold up the end.
    runtime.shutdown_background();
    done
}

async fn import(loaded: &Loaded, world: &World, arguments: &Import) -> Result<ExitCode, Failure> {
    let shown = arguments.dir.display();
    let root = arguments.dir.canonicalize();
    let root = root.map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let tags = Tags::parse(&arguments.tags.join(","));
    let tags = tags.map_err(|error| format!("--tag: {error}"))?;
    let storage = &loaded.config.storage;
    let not_these = [
        Some(&storage.data_dir),
        Some(&storage.media()),
        arguments.report.as_ref(),
    ];
    let not_these = not_these.into_iter().flatten();
    let what = What {
        root,
        not_these: not_these
            .filter_map(|path| path.canonicalize().ok())
            .collect(),
        tags,
        arguments,
    };
    let door = Door::open(&loaded.config, world).await?;
    let done = through(&door, what).await;
    door.close().await;
    done
}

/// What is to be imported.
struct What<'a> {
    root: PathBuf,
    /// What lies there and is not to come in: Lanterna's own data, the last report.
    not_these: Vec<PathBuf>,
    /// Tags for every item.
    tags: Tags,
    arguments: &'a Import,
}

async fn through(door: &Door, what: What<'_>) -> Result<ExitCode, Failure> {
    let What {
        root,
        not_these,
        tags,
        arguments,
    } = what;
    let Some(owner) = &arguments.owner else {
        return list_staff(door, &arguments.connection).await;
    };
    let whom = Whom {
        connection: arguments.connection.clone(),
        owner: owner.clone(),
        course: arguments.course.clone(),
        shown: arguments.visibility.into(),
    };
    let max = match door
        .ask(Ask::Check { whom: whom.clone() }, stream::empty())
        .await?
    {
        Reply::Ready { max } => max,
        other => return Err(unexpected(other)),
    };
    let walked = tokio::task::spawn_blocking({
        let root = root.clone();
        move || walk(&root, not_these)
    });
    let Walk { found, passed, .. } = walked
        .await?
        .map_err(|error| format!("{} cannot be read: {error}", root.display()))?;
    let bytes = found.iter().map(|found| found.place.len).sum();
    let run = Run {
        door,
        arguments,
        tags,
        whom,
        max,
        stop: Stop::on_signals()?,
        progress: Progress::new(found.len(), bytes),
    };
    let mut report = Report::new(passed);
    let ended = run.all(found, &mut report).await;
    run.progress.end();
    if let Some(path) = &arguments.report {
        let written = report.write(path);
        written.map_err(|error| format!("the report cannot be written: {error}"))?;
    }
    say(report.summary().trim_end());
    if report.stopped {
        say("Stopped. The same command goes on from here and brings nothing in twice.");
    }
    ended?;
    Ok(match (report.stopped, report.is_well()) {
        (true, _) => ExitCode::from(STOPPED),
        (false, true) => ExitCode::SUCCESS,
        (false, false) => ExitCode::FAILURE,
    })
}

async fn list_staff(door: &Door, connection: &str) -> Result<ExitCode, Failure> {
    let connection = connection.to_owned();
    let (people, more) = match door.ask(Ask::Staff { connection }, stream::empty()).await? {
        Reply::Staff { people, more } => (people, more),
        other => return Err(unexpected(other)),
    };
    if people.is_empty() {
        return Err("nobody who teaches was launched by this connection yet".into());
    }
    say("Who teaches, and their courses:");
    for person in people {
        let name = person.name.as_deref().unwrap_or("(without a name)");
        say(&format!("  --owner {:?}  {name}", person.subject));
        for course in person.courses {
            say(&format!("      in {course}"));
        }
    }
    if more {
        say("  … and more; their launches in administration show their subjects");
    }
    Err("choose one of them with --owner".into())
}

fn unexpected(reply: Reply) -> Failure {
    match reply {
        Reply::Refused { why, .. } => why.into(),
        _ => "the running server answered something else; restart it".into(),
    }
}

/// Why nothing further comes in.
enum End {
    /// Somebody stopped it.
    Stopped,
    /// It would not go better with the next file.
    Failed(Failure),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// One run.
struct Run<'a> {
    door: &'a Door,
    arguments: &'a Import,
    /// Tags for every item.
    tags: Tags,
    whom: Whom,
    /// The most bytes of a file.
    max: u64,
    stop: Stop,
    progress: Progress,
}

/// What became of a file: the item that it is now, or why it is none.
type Brought = Result<(Outcome, Option<String>), String>;

impl Run<'_> {
    /// Brings the files in, one after the other, and writes down what became of them.
    async fn all(&self, found: Vec<Found>, report: &mut Report) -> Result<(), Failure> {
        let mut before = 0;
        for (at, found) in found.iter().enumerate() {
            let (name, len) = (&found.place.shown, found.place.len);
            self.progress.begin(at + 1, before, name, len);
            before += len;
            let mut notes = Vec::new();
            let brought = self.one(found, &mut notes).await;
            let (brought, ended) = match brought {
                Ok(brought) => (brought, None),
                Err(End::Stopped) => {
                    report.stopped = true;
                    return Ok(());
                }
                Err(End::Failed(failure)) => (Err(failure.to_string()), Some(failure)),
            };
            for why in brought.as_ref().err().into_iter().chain(&notes) {
                self.progress.say(&format!("{name}: {why}"));
            }
            let (outcome, item, why) = match brought {
                Ok((outcome, item)) => (outcome, item, None),
                Err(why) => (Outcome::Failed, None, Some(why)),
            };
            report.files.push(Entry {
                path: name.clone(),
                len,
                outcome,
                item,
                why,
                notes,
            });
            if let Some(failure) = ended {
                return Err(failure);
            }
        }
        Ok(())
    }

    async fn one(&self, found: &Found, notes: &mut Vec<String>) -> Result<Brought, End> {
        if self.stop.is_asked() {
            return Err(End::Stopped);
        }
        let len = found.place.len;
        if len > self.max {
            let max = ByteSize(self.max);
            return Ok(Err(format!(
                "it is larger than {max} ([storage] max_upload)"
            )));
        }
        if self.arguments.dry_run {
            return self.look(found).await;
        }
        let brought = self.bring(found, notes).await?;
        if let Ok((_, Some(item))) = &brought {
            for captions in &found.captions {
                if let Err(why) = self.caption(item, captions).await? {
                    notes.push(format!("captions {}: {why}", captions.place.shown));
                }
            }
        }
        Ok(brought)
    }

    /// What would become of a file.
    async fn look(&self, found: &Found) -> Result<Brought, End> {
        let whom = self.whom.clone();
        let mark = found.mark.clone();
        let reply = self
            .door
            .ask(Ask::Look { whom, mark }, stream::empty())
            .await?;
        match reply {
            Reply::New => Ok(Ok((Outcome::New, None))),
            reply => settled(reply, Outcome::Known),
        }
    }

    async fn bring(&self, found: &Found, notes: &mut Vec<String>) -> Result<Brought, End> {
        let file = NewFile {
            mark: found.mark.clone(),
            len: found.place.len,
            name: found.name.clone(),
            description: description(found, notes).await,
            tags: self.tags(found),
            ignore_quota: self.arguments.ignore_quota,
        };
        let whom = self.whom.clone();
        let reply = self
            .door
            .ask(Ask::Begin { whom, file }, stream::empty())
            .await?;
        let Reply::At { upload, offset } = reply else {
            return settled(reply, Outcome::Known);
        };
        self.progress.was_there(offset);
        let whom = self.whom.clone();
        let len = found.place.len - offset;
        let ask = Ask::Bytes {
            whom,
            upload,
            offset,
            len,
        };
        match self.send(ask, &found.place, offset).await? {
            Ok(reply) => settled(reply, Outcome::Imported),
            Err(why) => Ok(Err(why)),
        }
    }

    async fn caption(&self, item: &str, captions: &Captions) -> Result<Result<(), String>, End> {
        let place = &captions.place;
        if place.len > BYTES_MAX as u64 {
            return Ok(Err("the captions are longer than 2 MiB".into()));
        }
        let ask = Ask::Captions {
            whom: self.whom.clone(),
            item: item.to_owned(),
            mark: captions.mark.clone(),
            lang: captions.lang.clone(),
            len: place.len,
        };
        match self.send(ask, place, 0).await? {
            Ok(reply) => Ok(settled(reply, Outcome::Known)?.map(|_| ())),
            Err(why) => Ok(Err(why)),
        }
    }

    /// Asks something that a file follows, from `offset` on; answers why it cannot be read, where
    /// it cannot.
    async fn send(
        &self,
        ask: Ask,
        place: &Place,
        offset: u64,
    ) -> Result<Result<Reply, String>, End> {
        let source = match Source::open(place, offset, self.stop.clone()).await {
            Ok(source) => source,
            Err(why) => return Ok(Err(why)),
        };
        let counts = matches!(ask, Ask::Bytes { .. });
        let broken = source.broken();
        let body = source.stream(|bytes| {
            if counts {
                self.progress.came(bytes);
            }
        });
        let reply = self.door.ask(ask, body).await;
        match broken.get() {
            Some(Broken::Stopped) => Err(End::Stopped),
            Some(Broken::Unreadable(why)) => Ok(Err(why.clone())),
            None => Ok(Ok(reply?)),
        }
    }

    /// The tags that were asked for come first.
    fn tags(&self, found: &Found) -> String {
        let all = self.tags.as_slice().iter().chain(&found.tags);
        let all: Vec<_> = all.take(TAGS_MAX).map(String::as_str).collect();
        all.join(",")
    }
}

fn settled(reply: Reply, outcome: Outcome) -> Result<Brought, End> {
    match reply {
        Reply::Known { item } => Ok(Ok((outcome, Some(item)))),
        Reply::Refused { why, ends: true } => Err(End::Failed(why.into())),
        Reply::Refused { why, ends: false } => Ok(Err(why)),
        other => Err(End::Failed(unexpected(other))),
    }
}

/// The description beside a file; what cannot be taken is noted and left out.
async fn description(found: &Found, notes: &mut Vec<String>) -> String {
    let Some(place) = &found.description else {
        return String::new();
    };
    match source::text(place, DESCRIPTION_MAX).await {
        Ok(text) => text,
        Err(why) => {
            notes.push(format!("description {}: {why}", place.shown));
            String::new()
        }
    }
}
