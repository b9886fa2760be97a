//! Who asks: the engine's place taken by a cluster, for queries.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use ballista::prelude::SessionContextExt as _;
use ballista_core::{
    execution_plans::DistributedQueryExec,
    serde::protobuf::{CancelJobParams, scheduler_grpc_client::SchedulerGrpcClient},
};
use clap::Args;
use datafusion::prelude::SessionContext;
use datafusion_proto::protobuf::LogicalPlanNode;
use dfg_engine::{
    confine::{Reach, confine},
    query::{Asked, Sharing},
};
use dfg_evidence::job::{Answer, Confinement, Job, QueryAnswer, QueryJob};
use futures::future::try_join_all;
use tokio::time::{Instant, timeout, timeout_at};
use tonic::transport::Channel;

use crate::store::{Store, Stored, config};

/// Queries that are asked at once.
const LANES: usize = 4;

/// Whom to ask.
#[derive(Args)]
pub(crate) struct Ask {
    /// The scheduler, as `ballista://HOST:PORT`
    #[arg(long, value_name = "URL")]
    scheduler: String,
    #[command(flatten)]
    store: Stored,
}

/// Answers one job.
pub(crate) fn serve(ask: Ask) -> ExitCode {
    dfg_engine::serve(
        |job| confine(job, Reach::Machines),
        move |job, confined| answer(job, confined, &ask),
    )
}

fn answer(job: &Job, confined: Confinement, ask: &Ask) -> Answer {
    let done = match job {
        Job::Query(job) => run(job, ask),
        Job::Convert(_) => Ok(Err("a cluster reads no published files".to_owned())),
    };
    match done {
        Ok(Ok(answers)) => Answer::Query { answers, confined },
        Ok(Err(message)) => Answer::Failed { message },
        Err(cause) => Answer::Away {
            message: format!("{cause:#}"),
        },
    }
}

/// What came of a job; an error where the cluster or its store cannot be reached.
fn run(job: &QueryJob, ask: &Ask) -> anyhow::Result<Result<Vec<QueryAnswer>, String>> {
    let (scheduler, store) = (ask.scheduler.as_str(), Store::open(&ask.store.url)?);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    // What is still computed when time is up is told to stop, a moment before this process is.
    let wall = Duration::from_millis(job.limits.wall_ms);
    let end = Instant::now() + wall * 9 / 10;
    runtime.block_on(async {
        // Known to be there before anything is sent.
        drop(reach(scheduler).await?);
        let state = store.session(config())?;
        let context = SessionContext::remote_with_state(scheduler, state).await?;
        let files: Vec<&PathBuf> = job.tables.values().flat_map(|table| &table.files).collect();
        try_join_all(files.into_iter().map(|file| store.put(file)))
            .await
            .context("the tables cannot be put into the object store")?;
        let asked = Asked::begin(context, job, |file| store.address(file)).await;
        let asked = Arc::new(asked.map_err(anyhow::Error::msg)?);
        let answers = asked.answer_all(&job.queries, LANES, Sharing::Nothing);
        if let Ok(answers) = timeout_at(end, answers).await {
            return Ok(answers);
        }
        // Whether they could be stopped or not: nobody waits for them.
        drop(timeout(wall / 20, stop(&asked, scheduler)).await);
        Ok(Err(format!(
            "this took more than {} s and was stopped",
            wall.as_secs_f64()
        )))
    })
}

/// Tells the cluster to compute no more of what was set going.
async fn stop(asked: &Asked, scheduler: &str) -> anyhow::Result<()> {
    let mut scheduler = reach(scheduler).await?;
    for plan in asked.going() {
        let query = plan.downcast_ref::<DistributedQueryExec<LogicalPlanNode>>();
        if let Some(job) = query.and_then(DistributedQueryExec::job_id) {
            let job_id = job.into();
            scheduler.cancel_job(CancelJobParams { job_id }).await?;
        }
    }
    Ok(())
}

async fn reach(scheduler: &str) -> anyhow::Result<SchedulerGrpcClient<Channel>> {
    let address = scheduler.replacen("ballista://", "http://", 1);
    let client = SchedulerGrpcClient::connect(address).await;
    client.with_context(|| format!("the scheduler at {scheduler} does not answer"))
}
