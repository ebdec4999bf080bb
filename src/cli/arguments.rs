//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::library::import::Shown;

const MORE: &str = "\
Examples:
  lanterna                             serve; without any file on http://127.0.0.1:8080
  lanterna config > config.toml        begin a configuration file
  lanterna --config /srv/lms.toml check
                                       look whether that file would do
  lanterna import videos --connection \"School Moodle\"
                                       list who teaches, to choose an owner
  lanterna invite                      print an address to paste into an LMS
  lanterna admin                       print a new sign-in link for an administrator

Files:
  ./config.toml, else /etc/lanterna/config.toml
                                       the configuration, unless --config names another
  data/                                everything that is kept ([storage] data_dir)

Environment:
  LANTERNA_SECTION__KEY                any key of the file, and wins over it:
                                       LANTERNA_SERVER__LISTEN=0.0.0.0:443

Exit status: 0 when all went well, 1 when it did not, 2 when the arguments or the configuration
were not understood, 130 when an import was stopped by Ctrl-C.";

/// A media library for a school's LMS: teachers upload and pick media inside their course, students
/// press play.
#[derive(Debug, Parser)]
#[command(name = "lanterna", version, after_long_help = MORE, max_term_width = 100)]
#[command(after_help = "`lanterna --help` shows examples, files and environment variables.")]
pub(super) struct Arguments {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub(super) enum Command {
    /// Serve until stopped; the same as no command
    ///
    /// Prints where it listens and what comes next. SIGTERM and Ctrl-C let requests in flight
    /// finish, write everything down, and end it with status 0.
    Serve {
        /// Start although damage has cost changes that were acknowledged
        ///
        /// Only for when a start was refused with exactly this advice and there is no backup. What
        /// was in the way is kept aside, and the loss is told in the log.
        #[arg(long)]
        accept_loss: bool,
    },
    /// Look whether everything is in place to serve
    ///
    /// Reads the configuration, then looks at the directories, the free space, the store, the
    /// certificate, the address to listen on and the clock. Works beside a running server; without
    /// one it opens the store as a start would. Ends with status 1 when something is amiss.
    Check,
    /// Print the example configuration file
    ///
    /// Every line is a comment that shows a key with its default, so that using the file unchanged
    /// equals having none.
    Config,
    /// Print a new sign-in link for an administrator
    ///
    /// The first administrator comes in by it; later it helps whoever forgot a password. Links
    /// that were printed before are dead then. Works beside a running server and without one.
    Admin,
    /// Print an address that connects an LMS when it is pasted there
    ///
    /// Moodle, Canvas, Brightspace and Sakai register Lanterna by it (LTI dynamic registration). It
    /// works once, within seven days. Works beside a running server and without one.
    Invite(Invite),
    /// Bring a folder of media in for somebody
    ///
    /// Files become that person's items, each folder on the way to a file one of its tags. Beside
    /// a video or recording, lecture.vtt, lecture.srt and lecture.en.vtt become captions of
    /// lecture.mp4; lecture.txt and lecture.md its description.
    ///
    /// It may be stopped at any time: the same command goes on where it stopped, and brings
    /// nothing in twice. A file is known again by its place in the folder, its size and the moment
    /// of its last change. Works beside a running server, which is then given the files, and
    /// without one. Ends with status 1 when a file could not be brought in.
    Import(Box<Import>),
    /// Examine the file that is the standard input: how the server has uploads looked at
    #[command(hide = true)]
    Examine,
    /// Ask the running server whether it is well
    ///
    /// For container platforms and monitors: ends with status 0 when it is, else with 1.
    Healthcheck,
}

/// What the invitation is for.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(super) struct Invite {
    /// What the connection is called; left out, the LMS says
    #[arg(long, value_name = "NAME", conflicts_with = "update")]
    pub(super) name: Option<String>,

    /// Change this connection, by its name or number, instead of making one
    ///
    /// For an LMS that was registered before and has moved, or has lost its registration. If it
    /// registers from other addresses than before, an administrator is asked first.
    #[arg(long, value_name = "CONNECTION")]
    pub(super) update: Option<String>,

    /// Allow an issuer on another host than the LMS
    #[arg(long)]
    pub(super) any_issuer: bool,
}

/// What to import, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub(super) struct Import {
    /// The folder
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,

    /// The connection, by its name or number
    #[arg(long, value_name = "NAME")]
    pub(super) connection: String,

    /// The owner, by the platform's name for that person (`sub`)
    ///
    /// Has been launched at least once. Without it, those who teach are listed.
    #[arg(long, value_name = "SUBJECT")]
    pub(super) owner: Option<String>,

    /// The course to put the items in, by the platform's context id
    #[arg(long, value_name = "CONTEXT_ID")]
    pub(super) course: Option<String>,

    /// Who may see the items
    ///
    /// More than the owner only where the owner is staff of --course.
    #[arg(long, value_enum, default_value = "private")]
    pub(super) visibility: Visibility,

    /// A tag for every item; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub(super) tags: Vec<String>,

    /// Say what would be brought in, and bring nothing in
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Go beyond the owner's quota
    #[arg(long)]
    pub(super) ignore_quota: bool,

    /// Write what became of every file: JSON when it ends with .json, else CSV
    #[arg(long, value_name = "FILE")]
    pub(super) report: Option<PathBuf>,
}

/// Who may see what is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Visibility {
    /// The owner
    Private,
    /// The course
    Course,
    /// The whole connection
    School,
}

impl From<Visibility> for Shown {
    fn from(visibility: Visibility) -> Self {
        match visibility {
            Visibility::Private => Self::Private,
            Visibility::Course => Self::Course,
            Visibility::School => Self::School,
        }
    }
}
