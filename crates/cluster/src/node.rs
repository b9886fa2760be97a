//! Who plans and who computes.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use anyhow::Context as _;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::{
    cluster::BallistaCluster, config::SchedulerConfig, scheduler_process::start_server,
};
use clap::Args;
use url::Url;

use crate::store::{Store, Stored, config};

/// The stack of each thread: plans may be nested deeply.
const STACK: usize = 32 << 20;
/// How long an executor waits for its scheduler, in seconds.
const PATIENCE: u16 = 60;
/// How long parts of results are kept, and how often they are looked at, in seconds.
const KEPT: u64 = 3_600;
const LOOKED_AT: u64 = 600;
/// How often an executor says that it is there, and after how long it is taken for lost, in seconds.
const SIGN_OF_LIFE: u64 = 5;
const LOST: u64 = 20;
const LOOK_FOR_LOST: u64 = 5;

/// What a scheduler is told.
#[derive(Args)]
pub(crate) struct Scheduler {
    /// The address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:50050")]
    listen: SocketAddr,
    /// The name by which executors reach this machine; the address where none is given
    #[arg(long, value_name = "HOST")]
    name: Option<String>,
    #[command(flatten)]
    store: Stored,
}

/// What an executor is told.
#[derive(Args)]
pub(crate) struct Executor {
    /// The scheduler, as `ballista://HOST:PORT`
    #[arg(long, value_name = "URL")]
    scheduler: String,
    /// The address to listen on for those who fetch results
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:50051")]
    listen: SocketAddr,
    /// The port to listen on for tasks; the one after the other where none is given
    #[arg(long, value_name = "PORT")]
    tasks: Option<u16>,
    /// The name by which the others reach this machine; the address where none is given
    #[arg(long, value_name = "HOST")]
    name: Option<String>,
    /// How many parts are computed at once; as many as there are cores where none is given
    #[arg(long, value_name = "N")]
    cores: Option<usize>,
    /// How much memory computing may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 2_048)]
    memory: u64,
    /// A folder for parts of results
    #[arg(long, value_name = "DIR")]
    work: PathBuf,
    #[command(flatten)]
    store: Stored,
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .thread_stack_size(STACK)
        .enable_all()
        .build()?)
}

/// Plans queries until it is stopped.
pub(crate) fn schedule(told: Scheduler) -> anyhow::Result<()> {
    let (listen, store) = (told.listen, Store::open(&told.store.url)?);
    let settings = SchedulerConfig {
        bind_host: listen.ip().to_string(),
        bind_port: listen.port(),
        external_host: told.name.unwrap_or_else(|| listen.ip().to_string()),
        // Who asks reaches the scheduler, and need not reach the executors.
        enable_embedded_flight_proxy: true,
        executor_timeout_seconds: LOST,
        expire_dead_executor_interval_seconds: LOOK_FOR_LOST,
        no_executors_grace_period_seconds: LOST,
        ..SchedulerConfig::default()
    }
    .with_override_config_producer(Arc::new(config))
    .with_override_session_builder(Arc::new(move |config| store.session(config)));
    runtime()?.block_on(async {
        let cluster = BallistaCluster::new_from_config(&settings).await?;
        start_server(cluster, listen, Arc::new(settings))
            .await
            .with_context(|| format!("the scheduler at {listen}"))
    })
}

/// Computes parts of queries until it is stopped.
pub(crate) fn execute(told: Executor) -> anyhow::Result<()> {
    let scheduler = Url::parse(&told.scheduler)?;
    std::fs::create_dir_all(&told.work)
        .with_context(|| format!("cannot make the folder {}", told.work.display()))?;
    let store = Store::open(&told.store.url)?;
    let defaults = ExecutorProcessConfig::default();
    let settings = ExecutorProcessConfig {
        bind_host: told.listen.ip().to_string(),
        port: told.listen.port(),
        grpc_port: told.tasks.unwrap_or(told.listen.port().saturating_add(1)),
        external_host: told.name,
        scheduler_host: scheduler
            .host_str()
            .with_context(|| format!("“{scheduler}” names no machine"))?
            .to_owned(),
        scheduler_port: scheduler.port().unwrap_or(defaults.scheduler_port),
        scheduler_connect_timeout_seconds: PATIENCE,
        vcores: told.cores.unwrap_or(defaults.vcores),
        memory_pool_size: Some(told.memory << 20),
        work_dir: Some(told.work.to_string_lossy().into_owned()),
        job_data_ttl_seconds: KEPT,
        job_data_clean_up_interval_seconds: LOOKED_AT,
        executor_heartbeat_interval_seconds: SIGN_OF_LIFE,
        override_config_producer: Some(Arc::new(config)),
        override_runtime_producer: Some(Arc::new(move |_| store.runtime())),
        ..defaults
    };
    runtime()?.block_on(async {
        start_executor_process(Arc::new(settings))
            .await
            .with_context(|| format!("the executor at {}", told.listen))
    })
}
