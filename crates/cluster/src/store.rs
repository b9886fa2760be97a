//! The object store of the tables: a bucket, or a folder of one.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use ballista::prelude::SessionConfigExt as _;
use ballista_core::extension::{
    ballista_aggregate_functions, ballista_scalar_functions, ballista_window_functions,
};
use clap::Args;
use datafusion::{
    common::DataFusionError,
    execution::{
        SessionState, SessionStateBuilder,
        object_store::ObjectStoreRegistry,
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
    prelude::SessionConfig,
};
use object_store::{
    ObjectStore, ObjectStoreExt as _, WriteMultipart, aws::AmazonS3Builder, path::Path as Key,
};
use tokio::io::AsyncReadExt as _;
use url::Url;

/// Into how many parts a table is cut on its way through the cluster.
const PARTS: usize = 8;
/// How much of a table is sent at once, in bytes.
const CHUNK: usize = 8 << 20;

/// Where the tables are, as it is said on the command line; keys, region and endpoint come from the
/// environment (`AWS_…`).
#[derive(Args)]
pub(crate) struct Stored {
    /// The object store of the tables, as `s3://BUCKET/PREFIX`
    #[arg(long = "store", value_name = "URL")]
    pub(crate) url: String,
}

/// An object store, and where in it the tables are.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    url: Url,
    objects: Arc<dyn ObjectStore>,
}

impl Store {
    /// The store at `s3://BUCKET/PREFIX`; keys, region and endpoint are those of the environment
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`).
    pub(crate) fn open(url: &str) -> anyhow::Result<Self> {
        let wrong = || format!("“{url}” is no object store: write it as s3://BUCKET/PREFIX");
        let url = Url::parse(url).with_context(wrong)?;
        let bucket = url.host_str().with_context(wrong)?;
        if url.scheme() != "s3" {
            bail!(wrong());
        }
        let objects = AmazonS3Builder::from_env()
            .with_bucket_name(bucket)
            .build()?;
        Ok(Self {
            objects: Arc::new(objects),
            url,
        })
    }

    /// Where a file of a table is in the store: its name says what it holds.
    fn key(&self, file: &Path) -> Key {
        let prefix = self.url.path().trim_matches('/');
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        Key::from(format!("{prefix}/{name}"))
    }

    /// The address of a file of a table.
    pub(crate) fn address(&self, file: &Path) -> String {
        let bucket = self.url.host_str().unwrap_or_default();
        format!("s3://{bucket}/{}", self.key(file))
    }

    /// Puts a file of a table into the store, where it is not there yet.
    pub(crate) async fn put(&self, file: &Path) -> anyhow::Result<()> {
        let key = self.key(file);
        let size = tokio::fs::metadata(file).await?.len();
        match self.objects.head(&key).await {
            Ok(found) if found.size == size => return Ok(()),
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(cause) => return Err(cause.into()),
        }
        // An object appears when all of it has come.
        let mut source = tokio::fs::File::open(file).await?;
        let mut sending = WriteMultipart::new(self.objects.put_multipart(&key).await?);
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = source.read(&mut chunk).await?;
            if read == 0 {
                break;
            }
            sending.wait_for_capacity(2).await?;
            sending.write(&chunk[..read]);
        }
        sending.finish().await?;
        Ok(())
    }

    /// What a process of the cluster has: this store and no other, and no files of its machine.
    pub(crate) fn runtime(&self) -> Result<Arc<RuntimeEnv>, DataFusionError> {
        RuntimeEnvBuilder::new()
            .with_object_store_registry(Arc::new(Only(self.clone())))
            .build_arc()
    }

    /// How sessions begin, for who asks and who plans.
    pub(crate) fn session(&self, config: SessionConfig) -> Result<SessionState, DataFusionError> {
        Ok(SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(self.runtime()?)
            .with_default_features()
            .with_scalar_functions(ballista_scalar_functions())
            .with_aggregate_functions(ballista_aggregate_functions())
            .with_window_functions(ballista_window_functions())
            .build())
    }
}

/// The settings of a session.
pub(crate) fn config() -> SessionConfig {
    let mut config = SessionConfig::new_with_ballista()
        .with_target_partitions(PARTS)
        .with_information_schema(false);
    config.options_mut().sql_parser.collect_spans = true;
    config
}

/// One store, and nothing beside it: no plan that comes over the network reads a file of a machine.
#[derive(Debug)]
struct Only(Store);

impl ObjectStoreRegistry for Only {
    /// None but this one is taken.
    fn register_store(&self, _: &Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>, DataFusionError> {
        let ours = &self.0.url;
        if url.scheme() == ours.scheme() && url.host_str() == ours.host_str() {
            return Ok(Arc::clone(&self.0.objects));
        }
        Err(DataFusionError::Execution(
            "tables are read from the object store of the cluster only".to_owned(),
        ))
    }
}
