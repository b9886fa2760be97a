//! Runs queries over Parquet tables with DataFusion.

use std::{
    fmt::Display,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray as _, RecordBatch},
        datatypes::{
            DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
            UInt8Type, UInt16Type, UInt32Type, UInt64Type,
        },
        util::display::{ArrayFormatter, FormatOptions},
    },
    common::DataFusionError,
    execution::{
        context::SQLOptions,
        disk_manager::{DiskManagerBuilder, DiskManagerMode},
        memory_pool::FairSpillPool,
        runtime_env::RuntimeEnvBuilder,
    },
    functions_window::expr_fn::row_number,
    logical_expr::{ExprFunctionExt as _, LogicalPlan, ident},
    physical_plan::{ExecutionPlan, execute_stream},
    prelude::{DataFrame, ParquetReadOptions, SessionConfig, SessionContext, lit},
    sql::{parser::Statement, sqlparser::ast},
};
use dfg_evidence::job::{Limits, Query, QueryAnswer, QueryJob, SqlFault, Table, TableColumn};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Number, Value};

use crate::{
    fault::{Names, explain, plain},
    shared::Shared,
};

/// The threads that compute.
const CORES: usize = 2;
/// The stack of each of them.
const STACK: usize = 8 << 20;
/// The columns by which files are put one upon the other, while that is done.
const PLACE: &str = "_place_of_file";
const TURN: &str = "_turn_of_row";
/// The longest statement, in bytes.
const LONGEST: usize = 1 << 20;

/// Answers every query of a job; why not, where it cannot even begin.
pub fn run(job: &QueryJob) -> Result<Vec<QueryAnswer>, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(CORES)
        .max_blocking_threads(4)
        .thread_stack_size(STACK)
        .enable_all()
        .build()
        .map_err(could_not_begin)?;
    runtime.block_on(answer_here(job))
}

fn could_not_begin(cause: impl Display) -> String {
    format!("the engine could not begin: {cause}")
}

async fn answer_here(job: &QueryJob) -> Result<Vec<QueryAnswer>, String> {
    // Several queries are answered at once, each on one core; a single one has all of them.
    let lanes = CORES.min(job.queries.len()).max(1);
    let context = context(job.limits, CORES.div_ceil(lanes))
        .map_err(|cause| could_not_begin(cause.strip_backtrace()))?;
    let address = |file: &Path| file.to_string_lossy().into_owned();
    let asked = Arc::new(Asked::begin(context, job, address).await?);
    asked.answer_all(&job.queries, lanes, Sharing::Joins).await
}

/// What is made once for several queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Nothing: what is computed elsewhere cannot be kept here.
    Nothing,
    /// Joins for which several ask.
    Joins,
}

/// What all queries of a job have in common.
pub struct Asked {
    context: SessionContext,
    names: Names,
    limits: Limits,
    /// Bytes that the answers may still have.
    left: Mutex<usize>,
    /// What has been set going. Who holds a plan holds what it has put together in memory.
    started: Mutex<Vec<Weak<dyn ExecutionPlan>>>,
}

fn context(limits: Limits, cores: usize) -> Result<SessionContext, DataFusionError> {
    let memory = usize::try_from(limits.memory_mib << 20).unwrap_or(usize::MAX);
    // Half is for what the pool does not count: decoded pages, expressions, the answer.
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::OsTmpDirectory)
        .with_max_temp_directory_size(4 * (limits.memory_mib << 20));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(FairSpillPool::new(memory / 2)))
        .with_disk_manager_builder(disk)
        .build_arc()?;
    let mut config = SessionConfig::new()
        .with_target_partitions(cores)
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(true);
    config.options_mut().sql_parser.collect_spans = true;
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

/// Makes a table of files, given their addresses; gives its columns.
async fn register(
    context: &SessionContext,
    name: &str,
    (files, key): (&[String], &[String]),
) -> Result<Vec<String>, DataFusionError> {
    if let [file] = files {
        context
            .register_parquet(name, file, ParquetReadOptions::default())
            .await?;
    } else {
        let whole = stack(context, files, key).await?;
        context.register_table(name, whole.into_view())?;
    }
    let whole = context.table(name).await?;
    let columns = whole.schema().fields().iter();
    Ok(columns.map(|field| field.name().clone()).collect())
}

/// Files one upon the other: of rows with the same key, that of the latest file.
async fn stack(
    context: &SessionContext,
    files: &[String],
    key: &[String],
) -> Result<DataFrame, DataFusionError> {
    let mut whole: Option<DataFrame> = None;
    for (place, file) in (0_i64..).zip(files) {
        let part = context
            .read_parquet(file, ParquetReadOptions::default())
            .await?
            .with_column(PLACE, lit(place))?;
        whole = Some(match whole {
            Some(earlier) => earlier.union_by_name(part)?,
            None => part,
        });
    }
    let whole = whole.ok_or_else(|| DataFusionError::Plan("it has no file".to_owned()))?;
    if key.is_empty() {
        return whole.drop_columns(&[PLACE]);
    }
    let key = key.iter().map(ident).collect();
    let turn = row_number()
        .partition_by(key)
        .order_by(vec![ident(PLACE).sort(false, true)])
        .build()?
        .alias(TURN);
    whole
        .window(vec![turn])?
        .filter(ident(TURN).eq(lit(1_u64)))?
        .drop_columns(&[PLACE, TURN])
}

impl Asked {
    /// Takes up the tables of a job in a context, from where the files of each are for it.
    pub async fn begin(
        context: SessionContext,
        job: &QueryJob,
        address: impl Fn(&Path) -> String,
    ) -> Result<Self, String> {
        let mut names = Names { tables: Vec::new() };
        for (name, table) in &job.tables {
            let files: Vec<String> = table.files.iter().map(|file| address(file)).collect();
            let columns = register(&context, name, (&files, &table.key))
                .await
                .map_err(|cause| format!("the table “{name}” cannot be read: {cause}"))?;
            names.tables.push((name.clone(), columns));
        }
        Ok(Self {
            context,
            names,
            limits: job.limits,
            left: Mutex::new(job.limits.bytes),
            started: Mutex::default(),
        })
    }

    /// What has been set going and has not ended, for those who want to stop it.
    pub fn going(&self) -> Vec<Arc<dyn ExecutionPlan>> {
        held(&self.started)
            .iter()
            .filter_map(Weak::upgrade)
            .collect()
    }

    /// Answers queries, so many at once.
    pub async fn answer_all(
        self: &Arc<Self>,
        queries: &[Query],
        lanes: usize,
        sharing: Sharing,
    ) -> Result<Vec<QueryAnswer>, String> {
        let plans = queries.iter().map(|query| {
            let (asked, sql) = (Arc::clone(self), query.sql.clone());
            async move { asked.plan(&sql).await }
        });
        let plans = at_once(plans, lanes).await?;
        let mut shared = match sharing {
            Sharing::Joins if queries.len() > 1 => Shared::make(&self.context, &plans, CORES).await,
            _ => Shared::default(),
        };
        let places: Vec<usize> = shared.plans.keys().copied().collect();
        let answers = plans.iter().enumerate().map(|(place, plan)| {
            let with_joins = shared.plans.remove(&place);
            let plan = with_joins.map_or_else(|| plan.clone(), Ok);
            let asked = Arc::clone(self);
            async move { asked.answer(plan?).await }
        });
        let answers: Vec<_> = answers.collect();
        let mut outcomes = at_once(answers, lanes).await?;
        drop(shared);
        // What is shared is never why a query has no answer.
        for place in places {
            if let (Err(_), Ok(plan)) = (&outcomes[place], &plans[place]) {
                outcomes[place] = self.answer(plan.clone()).await;
            }
        }
        let answers = queries
            .iter()
            .zip(outcomes)
            .map(|(query, outcome)| QueryAnswer {
                name: query.name.clone(),
                outcome,
            });
        Ok(answers.collect())
    }

    /// What a statement asks for.
    async fn plan(&self, sql: &str) -> Result<LogicalPlan, SqlFault> {
        let context = &self.context;
        if sql.len() > LONGEST {
            return Err(plain(format!(
                "the statement has {} bytes; at most {LONGEST} fit",
                sql.len()
            )));
        }
        let told = |error: &DataFusionError| self.explain(error);
        let state = context.state();
        let dialect = context.copied_config().options().sql_parser.dialect;
        let statement = state
            .sql_to_statement(sql, &dialect)
            .map_err(|e| told(&e))?;
        if !only_reads(&statement) {
            return Err(plain(
                "only a statement that reads is answered: begin with SELECT or WITH",
            ));
        }
        let plan = state
            .statement_to_plan(statement)
            .await
            .map_err(|e| told(&e))?;
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)
            .map_err(|_| plain("only a statement that reads is answered"))?;
        Ok(plan)
    }

    /// What comes of a plan.
    async fn answer(&self, plan: LogicalPlan) -> Result<Table, SqlFault> {
        let limits = self.limits;
        let told = |error: &DataFusionError| self.explain(error);
        let frame = self
            .context
            .execute_logical_plan(plan)
            .await
            .map_err(|e| told(&e))?;
        let columns = frame
            .schema()
            .fields()
            .iter()
            .map(|field| TableColumn {
                name: field.name().clone(),
                holds: words_for(field.data_type()).to_owned(),
            })
            .collect();
        let mut table = Table {
            columns,
            ..Table::default()
        };
        let task = Arc::new(frame.task_ctx());
        let plan = frame.create_physical_plan().await.map_err(|e| told(&e))?;
        held(&self.started).push(Arc::downgrade(&plan));
        let mut stream = execute_stream(Arc::clone(&plan), task).map_err(|e| told(&e))?;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(|e| told(&e))?;
            let room = limits.rows - table.rows.len();
            let taken = batch.slice(0, batch.num_rows().min(room));
            table.more = batch.num_rows() > room;
            for row in rows(&taken).map_err(|e| told(&e))? {
                let size: usize = row.iter().map(|value| size_of_json(value) + 1).sum();
                if !self.has_room(size + 2) {
                    return Err(plain(format!(
                        "the answer has more than {} bytes: ask for less of it",
                        limits.bytes
                    )));
                }
                table.rows.push(row);
            }
            if table.more {
                break;
            }
        }
        Ok(table)
    }

    fn explain(&self, error: &DataFusionError) -> SqlFault {
        explain(error, &self.names, self.limits.memory_mib)
    }

    /// Takes so many bytes of those that are left.
    fn has_room(&self, bytes: usize) -> bool {
        let mut left = held(&self.left);
        let rest = left.checked_sub(bytes);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }
}

/// What comes of each, so many at once. One that takes long keeps no other from beginning.
async fn at_once<T: Send + 'static>(
    all: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
    lanes: usize,
) -> Result<Vec<T>, String> {
    let done = stream::iter(all)
        .map(tokio::spawn)
        .enumerate()
        .map(async |(place, running)| running.await.map(|done| (place, done)))
        .buffer_unordered(lanes);
    let mut done: Vec<(usize, T)> = done
        .try_collect()
        .await
        .map_err(|cause| format!("a query broke off: {cause}"))?;
    done.sort_by_key(|(place, _)| *place);
    Ok(done.into_iter().map(|(_, done)| done).collect())
}

fn held<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a statement asks for rows, or how it would be answered.
fn only_reads(statement: &Statement) -> bool {
    fn reads(statement: &ast::Statement) -> bool {
        match statement {
            ast::Statement::Query(query) => !writes(&query.body),
            _ => false,
        }
    }
    fn writes(body: &ast::SetExpr) -> bool {
        match body {
            ast::SetExpr::Insert(_)
            | ast::SetExpr::Update(_)
            | ast::SetExpr::Delete(_)
            | ast::SetExpr::Merge(_) => true,
            ast::SetExpr::Query(query) => writes(&query.body),
            _ => false,
        }
    }
    match statement {
        Statement::Statement(statement) => reads(statement),
        Statement::Explain(explain) => {
            matches!(explain.statement.as_ref(), Statement::Statement(inner) if reads(inner))
        }
        _ => false,
    }
}

fn rows(batch: &RecordBatch) -> Result<Vec<Vec<Value>>, DataFusionError> {
    let columns: Vec<Vec<Value>> = batch
        .columns()
        .iter()
        .map(values)
        .collect::<Result<_, _>>()?;
    let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
    let row = |_| {
        let cells = columns.iter_mut();
        cells.map(|cell| cell.next().unwrap_or_default()).collect()
    };
    Ok((0..batch.num_rows()).map(row).collect())
}

fn values(array: &ArrayRef) -> Result<Vec<Value>, DataFusionError> {
    macro_rules! numbers {
        ($kind:ty) => {
            array
                .as_primitive::<$kind>()
                .iter()
                .map(|value| value.map_or(Value::Null, Value::from))
                .collect()
        };
    }
    Ok(match array.data_type() {
        DataType::Null => vec![Value::Null; array.len()],
        DataType::Boolean => {
            let values = array.as_boolean().iter();
            values
                .map(|value| value.map_or(Value::Null, Value::from))
                .collect()
        }
        DataType::Int8 => numbers!(Int8Type),
        DataType::Int16 => numbers!(Int16Type),
        DataType::Int32 => numbers!(Int32Type),
        DataType::Int64 => numbers!(Int64Type),
        DataType::UInt8 => numbers!(UInt8Type),
        DataType::UInt16 => numbers!(UInt16Type),
        DataType::UInt32 => numbers!(UInt32Type),
        DataType::UInt64 => numbers!(UInt64Type),
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().iter();
            values.map(|value| float(value.map(f64::from))).collect()
        }
        DataType::Float64 => array
            .as_primitive::<Float64Type>()
            .iter()
            .map(float)
            .collect(),
        _ => {
            let options = FormatOptions::default();
            let shown = ArrayFormatter::try_new(array.as_ref(), &options)?;
            (0..array.len())
                .map(|row| {
                    if array.is_null(row) {
                        Value::Null
                    } else {
                        Value::from(shown.value(row).to_string())
                    }
                })
                .collect()
        }
    })
}

/// A number, or nothing where it is none: JSON has no word for infinity.
fn float(value: Option<f64>) -> Value {
    value
        .and_then(Number::from_f64)
        .map_or(Value::Null, Value::Number)
}

fn size_of_json(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 2,
        _ => 8,
    }
}

fn words_for(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "yes or no",
        kind if kind.is_integer() => "whole number",
        kind if kind.is_numeric() => "number",
        kind if kind.is_temporal() => "date",
        _ => "text",
    }
}
