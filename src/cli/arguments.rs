//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

const MORE: &str = "\
Examples:
  lanterna                             serve; without any file on http://127.0.0.1:8080
  lanterna config > config.toml        begin a configuration file
  lanterna --config /srv/lms.toml check
                                       look whether that file would do
  lanterna admin                       print a new sign-in link for an administrator

Files:
  ./config.toml, else /etc/lanterna/config.toml
                                       the configuration, unless --config names another
  data/                                everything that is kept ([storage] data_dir)

Environment:
  LANTERNA_SECTION__KEY                any key of the file, and wins over it:
                                       LANTERNA_SERVER__LISTEN=0.0.0.0:443

Exit status: 0 when all went well, 1 when it did not, 2 when the arguments or the configuration
were not understood.";

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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
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
    /// Examine the file that is the standard input: how the server has uploads looked at
    #[command(hide = true)]
    Examine,
    /// Ask the running server whether it is well
    ///
    /// For container platforms and monitors: ends with status 0 when it is, else with 1.
    Healthcheck,
}
