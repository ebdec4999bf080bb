//! Importing: what `lanterna import` asks, whether of the running server or of the library itself,
//! and what it is answered. Both ways lead through [`Importer::answer`].
//!
//! Each file has a *mark*, made by whoever reads the folder from what tells one file from another
//! there. What has come in under a mark for a person does not come in again.

mod refusal;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use serde::{Deserialize, Serialize};

use refusal::Refusal;

use super::captions::{self, BYTES_MAX, Language, NewCaptions};
use super::error::Error;
use super::uploads::{NewImport, NewUpload, Progress, Quota, UploadId};
use super::words::{Description, Tags, Title};
use super::{Folder, Uploads, access};
use crate::people::Member;
use crate::people::stand_in::{self, Place};
use crate::store::ids::{Hash, ItemId};
use crate::store::rows::library::{Imported, Visibility};
use crate::store::{Commit, Store, trees};
use crate::world::World;

/// For whom an import is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whom {
    /// The connection, by its name or number.
    pub connection: String,
    /// The platform's name for the person who is to own the items.
    pub owner: String,
    /// The course in which they are put, by the platform's context id.
    pub course: Option<String>,
    /// Who may see them.
    pub shown: Shown,
}

/// Who may see what is imported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// The owner alone.
    #[default]
    Private,
    /// The course.
    Course,
    /// The whole connection.
    School,
}

impl From<Shown> for Visibility {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Private => Self::Private,
            Shown::Course => Self::Course,
            Shown::School => Self::School,
        }
    }
}

/// A file that is to come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFile {
    /// Its mark: 64 hexadecimal digits.
    pub mark: String,
    /// Bytes.
    pub len: u64,
    /// Its name.
    pub name: String,
    /// The description to give the item.
    pub description: String,
    /// The tags to give the item, separated by commas.
    pub tags: String,
    /// Whether the owner's quota does not count.
    pub ignore_quota: bool,
}

/// What an import asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// Who teaches, to choose an owner.
    Staff {
        /// The connection, by its name or number.
        connection: String,
    },
    /// Whether items can come in for somebody.
    Check {
        /// For whom.
        whom: Whom,
    },
    /// Whether a file has come in before.
    Look {
        /// For whom.
        whom: Whom,
        /// Its mark.
        mark: String,
    },
    /// A file that is to come in.
    Begin {
        /// For whom.
        whom: Whom,
        /// The file.
        file: NewFile,
    },
    /// A file's bytes, which follow.
    Bytes {
        /// For whom.
        whom: Whom,
        /// The upload.
        upload: String,
        /// Where they continue.
        offset: u64,
        /// How many.
        len: u64,
    },
    /// A file with captions, which follows.
    Captions {
        /// For whom.
        whom: Whom,
        /// The item that they belong to.
        item: String,
        /// The mark of the file with the captions.
        mark: String,
        /// Their language; empty when it is not known.
        lang: String,
        /// How many bytes.
        len: u64,
    },
}

impl Ask {
    /// How many bytes follow.
    pub const fn body_len(&self) -> u64 {
        match self {
            Self::Bytes { len, .. } | Self::Captions { len, .. } => *len,
            _ => 0,
        }
    }
}

/// What an import is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// Who teaches.
    Staff {
        /// People, of whom only the first are told.
        people: Vec<Teacher>,
        /// Whether there are more.
        more: bool,
    },
    /// Items can come in.
    Ready {
        /// The most bytes of a file.
        max: u64,
    },
    /// The file has come in.
    Known {
        /// The item that it became.
        item: String,
    },
    /// The file has not come in.
    New,
    /// How far the file has come in.
    At {
        /// The upload.
        upload: String,
        /// How many bytes are there.
        offset: u64,
    },
    /// It cannot be done.
    Refused {
        /// Why, in words.
        why: String,
        /// Whether it will not go better with the next file.
        ends: bool,
    },
}

/// Somebody who teaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Teacher {
    /// The platform's name for the person.
    pub subject: String,
    /// The full name.
    pub name: Option<String>,
    /// Courses of theirs: context id, and title in parentheses where there is one.
    pub courses: Vec<String>,
}

/// Courses that are told of one person.
const COURSES_TOLD: usize = 3;
/// Characters that are told of a course or a name.
const TOLD: usize = 80;

/// Takes files in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Importer {
    /// The store.
    pub store: Store,
    /// Time and randomness.
    pub world: World,
    /// The folder of the media bytes.
    pub folder: Folder,
    /// The uploads.
    pub uploads: Uploads,
}

impl Importer {
    /// Answers a question; `body` is what follows it.
    pub async fn answer<S, E>(&self, ask: Ask, body: S) -> Reply
    where
        S: Stream<Item = Result<Bytes, E>>,
    {
        match self.try_answer(ask, body).await {
            Ok(reply) => reply,
            Err(refusal) => Reply::Refused {
                why: refusal.words(),
                ends: refusal.ends(),
            },
        }
    }

    async fn try_answer<S, E>(&self, ask: Ask, body: S) -> Result<Reply, Refusal>
    where
        S: Stream<Item = Result<Bytes, E>>,
    {
        match ask {
            Ask::Staff { connection } => {
                let (people, more) = stand_in::staff(&self.store, &connection)?;
                let people = people.into_iter().map(teacher).collect();
                Ok(Reply::Staff { people, more })
            }
            Ask::Check { whom } => {
                self.uploads
                    .may_show(&self.member(&whom)?, whom.shown.into())?;
                let max = self.uploads.max_len();
                Ok(Reply::Ready { max })
            }
            Ask::Look { whom, mark } => {
                let member = self.member(&whom)?;
                Ok(self.known(&member, mark_of(&mark)?)?.unwrap_or(Reply::New))
            }
            Ask::Begin { whom, file } => self.begin(&whom, &file).await,
            Ask::Bytes {
                whom,
                upload,
                offset,
                ..
            } => {
                let member = self.member(&whom)?;
                let id = upload.parse().map_err(|_| Refusal::Nonsense)?;
                let progress = self.uploads.append(&member, id, offset, body).await?;
                Ok(reached(id, &progress))
            }
            Ask::Captions {
                whom,
                item,
                mark,
                lang,
                ..
            } => {
                let member = self.member(&whom)?;
                let id = item.parse().map_err(|_| Refusal::Nonsense)?;
                let mark = mark_of(&mark)?;
                if let Some(known) = self.known(&member, mark)? {
                    return Ok(known);
                }
                let file = whole(body).await?;
                self.caption(&member, id, mark, &lang, file).await
            }
        }
    }

    fn member(&self, whom: &Whom) -> Result<Member, Refusal> {
        let place = Place {
            connection: &whom.connection,
            subject: &whom.owner,
            course: whom.course.as_deref(),
        };
        Ok(stand_in::member(&self.store, &self.world, place)?)
    }

    fn known(&self, member: &Member, mark: Hash) -> Result<Option<Reply>, Refusal> {
        let key = (member.session().user, mark);
        let known = self.store.get::<trees::Imported>(&key)?;
        Ok(known.map(|known| Reply::Known {
            item: known.item.to_string(),
        }))
    }

    async fn begin(&self, whom: &Whom, file: &NewFile) -> Result<Reply, Refusal> {
        let member = self.member(whom)?;
        let mark = mark_of(&file.mark)?;
        if let Some(known) = self.known(&member, mark)? {
            return Ok(known);
        }
        let title = Title::of_file(&file.name);
        let new = NewImport {
            upload: NewUpload {
                len: file.len,
                filename: &file.name,
                title: Some(&title),
                visibility: whom.shown.into(),
                replaces: None,
                metadata: "",
            },
            mark,
            description: &Description::parse(&file.description).map_err(Error::from)?,
            tags: &Tags::parse(&file.tags).map_err(Error::from)?,
            quota: if file.ignore_quota {
                Quota::Ignored
            } else {
                Quota::Counts
            },
        };
        let (id, progress) = self.uploads.import(&member, new).await?;
        Ok(reached(id, &progress))
    }

    async fn caption(
        &self,
        member: &Member,
        id: ItemId,
        mark: Hash,
        lang: &str,
        file: Bytes,
    ) -> Result<Reply, Refusal> {
        let language = match lang {
            "" => Language::unknown(),
            lang => lang.parse().map_err(Error::from)?,
        };
        let captions = captions::parse_aside(file).await?;
        let user = member.session().user;
        let new = NewCaptions {
            language: &language,
            label: "",
            captions,
            by: user,
        };
        let item = access::editable(&self.store, member, id)?;
        captions::set(&self.store, &self.world, &self.uploads, &item, new).await?;
        let imported = Imported {
            item: id,
            created: self.world.now(),
        };
        let mut commit = Commit::new();
        commit.put::<trees::Imported>(&(user, mark), &imported);
        self.store.commit(commit).await?;
        Ok(Reply::Known {
            item: id.to_string(),
        })
    }
}

fn reached(id: UploadId, progress: &Progress) -> Reply {
    match progress.item {
        Some(item) => Reply::Known {
            item: item.to_string(),
        },
        None => Reply::At {
            upload: id.to_string(),
            offset: progress.offset,
        },
    }
}

fn mark_of(text: &str) -> Result<Hash, Refusal> {
    let digits = text.as_bytes().as_chunks::<2>().0;
    let mut mark = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(Refusal::Nonsense);
    }
    for (byte, pair) in mark.iter_mut().zip(digits) {
        let pair = str::from_utf8(pair).map_err(|_| Refusal::Nonsense)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| Refusal::Nonsense)?;
    }
    Ok(Hash(mark))
}

/// A file of captions, which is small.
async fn whole<S, E>(body: S) -> Result<Bytes, Error>
where
    S: Stream<Item = Result<Bytes, E>>,
{
    let mut body = std::pin::pin!(body);
    let mut bytes = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| Error::Interrupted)?;
        if bytes.len() + piece.len() > BYTES_MAX {
            return Err(captions::BadCaptions::TooLarge.into());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

fn teacher(staff: stand_in::Staff) -> Teacher {
    let short = |text: &str| text.chars().take(TOLD).collect::<String>();
    let courses = staff.courses.iter().take(COURSES_TOLD);
    let courses = courses.map(|(context, title)| match title {
        Some(title) => format!("{} ({})", short(context), short(title)),
        None => short(context),
    });
    Teacher {
        name: staff.name.as_deref().map(short),
        courses: courses.collect(),
        subject: staff.subject,
    }
}

#[cfg(test)]
mod tests;
