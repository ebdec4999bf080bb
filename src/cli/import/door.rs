//! Who takes the files: the running server by its control socket, or the library itself.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use bytes::Bytes;
use futures_util::stream::{self, Stream};

use crate::app::library_options;
use crate::cli::{Failure, offline};
use crate::config::Config;
use crate::library::import::{Ask, Importer, Reply};
use crate::library::{Examination, Folder, Uploads};
use crate::web::control::{self, AskError, Request, Response};
use crate::world::World;

/// Who takes the files.
pub(super) enum Door {
    /// The server that listens on this socket.
    Running(PathBuf),
    /// This process.
    Own(Box<Importer>),
}

impl Door {
    /// The running server, else the library itself.
    pub(super) async fn open(config: &Config, world: &World) -> Result<Self, Failure> {
        let path = config.storage.control_socket();
        match control::send(&path, &Request::Status, stream::empty()).await {
            Ok(Response::Status { .. }) => Ok(Self::Running(path)),
            Ok(_) => Err(NOT_UNDERSTOOD.into()),
            Err(AskError::NotRunning) => Self::own(config, world).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn own(config: &Config, world: &World) -> Result<Self, Failure> {
        let storage = &config.storage;
        let owner = std::fs::metadata(&storage.data_dir).map(|data| data.uid());
        if rustix::process::geteuid().is_root() && owner.is_ok_and(|owner| owner != 0) {
            return Err(
                "the data belongs to another user, who could not read what root writes: \
                        start the server, or run this as that user"
                    .into(),
            );
        }
        // Whatever is written from here on holds people's media: nobody else's to read.
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        let store = offline::open(config, world)?;
        let folder = Folder::create(&storage.media())?;
        let options = library_options(config, Examination::own());
        let uploads = Uploads::new(store.clone(), world.clone(), folder.clone(), options);
        uploads.recover().await?;
        Ok(Self::Own(Box::new(Importer {
            store,
            world: world.clone(),
            folder,
            uploads,
        })))
    }

    /// Asks a question, with what follows it.
    pub(super) async fn ask<S>(&self, ask: Ask, body: S) -> Result<Reply, Failure>
    where
        S: Stream<Item = io::Result<Bytes>>,
    {
        let path = match self {
            Self::Own(importer) => return Ok(importer.answer(ask, body).await),
            Self::Running(path) => path,
        };
        match control::send(path, &Request::Import(ask), body).await? {
            Response::Import(reply) => Ok(reply),
            Response::Failed { why } => Err(why.into()),
            _ => Err(NOT_UNDERSTOOD.into()),
        }
    }

    /// Writes everything down.
    pub(super) async fn close(self) {
        if let Self::Own(importer) = self {
            importer.uploads.settled().await;
            importer.store.stop().await;
        }
    }
}

const NOT_UNDERSTOOD: &str = "the running server did not understand; restart it";
