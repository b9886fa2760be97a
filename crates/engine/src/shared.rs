//! Joins that several queries of a job ask for are made once, and kept in memory until the last of
//! them is answered.
//!
//! Indicators of one subject put the same tables together by the same columns, and then look at
//! different rows and columns of what comes of it. Such a join is recognised in the optimised plans:
//! an inner join by columns of two whole tables, with nothing but filters, projections and names
//! between. It has the rows and columns that some of its queries look at; what they do not all filter
//! by is filtered once more by each.
//!
//! Nothing depends on it. A join that does not fit into memory, or fails, is not kept, and the
//! queries are answered as they are.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use datafusion::{
    arrow::{
        datatypes::{FieldRef, Schema},
        record_batch::RecordBatch,
    },
    common::{
        Column, DataFusionError, JoinType, NullEquality, TableReference,
        runtime::SpawnedTask,
        tree_node::{Transformed, TreeNode as _, TreeNodeRecursion},
        utils::memory::RecordBatchMemoryCounter,
    },
    datasource::{MemTable, provider_as_source},
    execution::{
        SessionStateBuilder,
        memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation},
    },
    logical_expr::{
        Expr, Join, LogicalPlan, LogicalPlanBuilder, TableSource, cast,
        utils::{conjunction, disjunction, split_conjunction},
    },
    prelude::{DataFrame, SessionContext},
};
use dfg_evidence::job::SqlFault;
use futures::{
    StreamExt as _,
    future::{join_all, try_join_all},
};

use crate::packed::Packing;

/// The part of the pool of memory that a join may fill, with those made before it, as a fraction: the
/// rest is for queries.
const PART: (usize, usize) = (3, 4);

/// Two tables, and the pairs of columns by which they are joined.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    left: TableReference,
    right: TableReference,
    by: BTreeSet<(String, String)>,
}

/// A join of two tables, as a place in a plan asks for it.
struct Asked {
    key: Key,
    left: Arc<dyn TableSource>,
    right: Arc<dyn TableSource>,
    /// What its columns are, told by columns of the tables.
    columns: HashMap<Column, Expr>,
    /// What its rows keep, told by columns of the tables.
    filters: Vec<Expr>,
}

/// A table beneath filters, projections and other names.
struct Side {
    table: TableReference,
    source: Arc<dyn TableSource>,
    columns: HashMap<Column, Expr>,
    filters: Vec<Expr>,
}

/// A join for which several places ask.
struct Common {
    name: TableReference,
    key: Key,
    left: Arc<dyn TableSource>,
    right: Arc<dyn TableSource>,
    /// What every place that asks for it keeps of its rows.
    filters: Vec<Expr>,
    /// What else one or the other keeps, where none keeps all of the rest.
    some: Option<Expr>,
    /// Stands for it in plans until it is known which of its columns are wanted.
    whole: Arc<dyn TableSource>,
}

/// Plans into which joins were put that were made.
#[derive(Default)]
pub(crate) struct Shared {
    /// Each by its place among all.
    pub(crate) plans: HashMap<usize, LogicalPlan>,
    /// The memory in which the joins are, counted until this goes.
    _counted: Option<Arc<MemoryReservation>>,
}

impl Shared {
    /// Makes the joins for which several places in the plans ask, on so many cores.
    pub(crate) async fn make(
        context: &SessionContext,
        plans: &[Result<LogicalPlan, SqlFault>],
        cores: usize,
    ) -> Self {
        let state = context.state();
        // A plan that cannot be optimised says so where it is answered.
        let optimised = plans.iter().enumerate().filter_map(|(place, plan)| {
            let plan = plan.as_ref().ok()?;
            let explains = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_));
            let plan = (!explains).then(|| state.optimize(plan).ok()).flatten()?;
            Some((place, plan))
        });
        let plans: Vec<(usize, LogicalPlan)> = optimised.collect();
        let common = Common::of(plans.iter().flat_map(|(_, plan)| joins(plan)));
        // They are optimised once more: so they say which columns of the joins they want.
        let with_joins = plans.into_iter().filter_map(|(place, plan)| {
            let plan = put_in(plan, &common).ok()?;
            let plan = plan.transformed.then(|| state.optimize(&plan.data).ok());
            Some((place, plan.flatten()?))
        });
        let plans: Vec<(usize, LogicalPlan)> = with_joins.collect();
        let wanted = wanted(plans.iter().map(|(_, plan)| plan));

        let mut config = context.copied_config();
        let options = config.options_mut();
        options.execution.target_partitions = cores;
        // The smaller table is looked up as a whole: dealing both out anew costs more.
        options.optimizer.hash_join_single_partition_threshold = usize::MAX;
        options.optimizer.hash_join_single_partition_threshold_rows = usize::MAX;
        let state = SessionStateBuilder::new_from_existing(state)
            .with_config(config)
            .build();
        let pool = Arc::clone(&context.runtime_env().memory_pool);
        let most = match pool.memory_limit() {
            MemoryLimit::Finite(most) => most / PART.1 * PART.0,
            MemoryLimit::Infinite | MemoryLimit::Unknown => usize::MAX,
        };
        let counted = Arc::new(MemoryConsumer::new("joined").register(&pool));
        let making = common.into_values().map(async |join| {
            let made = async {
                let plan = join.plan(wanted.get(&join.name)?).ok()?;
                let frame = DataFrame::new(state.clone(), plan);
                let table = keep(frame, &counted, most).await.ok()?;
                Some(provider_as_source(Arc::new(table)))
            };
            (join.name.clone(), made.await)
        });
        let made: Made = join_all(making).await.into_iter().collect();
        let with_tables = plans.into_iter().filter_map(|(place, plan)| {
            let plan = fill(plan, &made).ok()?;
            Some((place, plan))
        });
        Self {
            plans: with_tables.collect(),
            _counted: Some(counted),
        }
    }
}

/// The joins by their names, none where one could not be made.
type Made = HashMap<TableReference, Option<Arc<dyn TableSource>>>;

/// The joins of tables in a plan.
fn joins(plan: &LogicalPlan) -> Vec<Asked> {
    let mut found = Vec::new();
    // It finds nothing that it could fail with.
    let _ = plan.apply(|node| {
        if let LogicalPlan::Join(join) = node {
            found.extend(Asked::of(join));
        }
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

impl Asked {
    /// What a join asks for, where it is one of two whole tables.
    fn of(join: &Join) -> Option<Self> {
        let is_plain = join.join_type == JoinType::Inner
            && join.null_equality == NullEquality::NullEqualsNothing
            && !join.on.is_empty();
        if !is_plain {
            return None;
        }
        let (left, right) = (Side::of(&join.left)?, Side::of(&join.right)?);
        if left.table == right.table {
            return None;
        }
        // The same join the other way round is the same.
        let turned = left.table > right.table;
        let mut by = BTreeSet::new();
        for (one, other) in &join.on {
            let (one, other) = (left.column(one)?, right.column(other)?);
            by.insert(if turned { (other, one) } else { (one, other) });
        }
        let mut columns = left.columns;
        columns.extend(right.columns);
        let mut filters = left.filters;
        filters.extend(right.filters);
        if let Some(filter) = &join.filter {
            filters.extend(told(filter, &columns)?);
        }
        let (one, other) = ((left.table, left.source), (right.table, right.source));
        let (left, right) = if turned { (other, one) } else { (one, other) };
        Some(Self {
            key: Key {
                left: left.0,
                right: right.0,
                by,
            },
            left: left.1,
            right: right.1,
            columns,
            filters,
        })
    }

    /// What its rows keep beside some filters.
    fn beside<'a>(&'a self, filters: &'a [Expr]) -> impl Iterator<Item = &'a Expr> {
        self.filters.iter().filter(|one| !filters.contains(one))
    }
}

impl Side {
    fn of(plan: &LogicalPlan) -> Option<Self> {
        match plan {
            LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
                let columns = scan.projected_schema.columns().into_iter();
                let columns = columns.map(|column| {
                    let own = Column::new(Some(scan.table_name.clone()), column.name());
                    (column, Expr::Column(own))
                });
                let mut side = Self {
                    table: scan.table_name.clone(),
                    source: Arc::clone(&scan.source),
                    columns: columns.collect(),
                    filters: Vec::new(),
                };
                // They may look at columns that are not given out.
                for filter in &scan.filters {
                    let every = filter.column_refs().into_iter();
                    let every = every.map(|column| (column.clone(), Expr::Column(column.clone())));
                    side.filter(&told(filter, &every.collect())?);
                }
                Some(side)
            }
            LogicalPlan::SubqueryAlias(alias) => {
                let mut side = Self::of(&alias.input)?;
                let (within, without) = (alias.input.schema().columns(), alias.schema.columns());
                let renamed = without.into_iter().zip(within);
                side.columns = renamed
                    .map(|(new, old)| Some((new, side.columns.remove(&old)?)))
                    .collect::<Option<_>>()?;
                Some(side)
            }
            LogicalPlan::Filter(filter) => {
                let mut side = Self::of(&filter.input)?;
                side.filter(&told(&filter.predicate, &side.columns)?);
                Some(side)
            }
            LogicalPlan::Projection(projection) => {
                let mut side = Self::of(&projection.input)?;
                let columns = projection.schema.columns().into_iter();
                side.columns = columns
                    .zip(&projection.expr)
                    .map(|(column, made)| Some((column, one(made, &side.columns)?)))
                    .collect::<Option<_>>()?;
                Some(side)
            }
            _ => None,
        }
    }

    fn filter(&mut self, filters: &[Expr]) {
        for filter in filters {
            if !self.filters.contains(filter) {
                self.filters.push(filter.clone());
            }
        }
    }

    /// The name of the table's column that an expression is.
    fn column(&self, expression: &Expr) -> Option<String> {
        match one(expression, &self.columns)? {
            Expr::Column(column) => Some(column.name),
            _ => None,
        }
    }
}

/// An expression told by columns of the tables; none where a row's values alone do not give it.
fn one(expression: &Expr, columns: &HashMap<Column, Expr>) -> Option<Expr> {
    let is_more = |part: &Expr| {
        let asks = matches!(
            part,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
        );
        Ok(asks || part.is_volatile_node())
    };
    if expression.exists(is_more).unwrap_or(true) {
        return None;
    }
    let mut is_known = true;
    let told = expression.clone().transform_down(|part| {
        let Expr::Column(column) = &part else {
            return Ok(Transformed::no(part));
        };
        let own = columns.get(column);
        is_known &= own.is_some();
        // What it is told by is not looked through again.
        let own = own.cloned().unwrap_or(part);
        Ok(Transformed::new(own, true, TreeNodeRecursion::Jump))
    });
    told.ok()
        .filter(|_| is_known)
        .map(|told| told.data.unalias())
}

/// The conditions of which one consists, told by columns of the tables.
fn told(condition: &Expr, columns: &HashMap<Column, Expr>) -> Option<Vec<Expr>> {
    split_conjunction(condition)
        .into_iter()
        .map(|part| one(part, columns))
        .collect()
}

impl Common {
    /// Those joins for which more than one asks.
    fn of(asked: impl Iterator<Item = Asked>) -> HashMap<Key, Self> {
        let mut by_key: HashMap<Key, Vec<Asked>> = HashMap::new();
        for asked in asked {
            by_key.entry(asked.key.clone()).or_default().push(asked);
        }
        by_key.retain(|_, asked| asked.len() > 1);
        // No dataset's table has spaces in its name.
        let names = (0..).map(|place| TableReference::bare(format!("join {place}")));
        let common = by_key.into_iter().zip(names);
        let common = common
            .filter_map(|((key, asked), name)| Some((key.clone(), Self::new(name, key, &asked)?)));
        common.collect()
    }

    fn new(name: TableReference, key: Key, asked: &[Asked]) -> Option<Self> {
        let (first, others) = asked.split_first()?;
        let by_all = |filter: &&Expr| others.iter().all(|other| other.filters.contains(*filter));
        let filters: Vec<Expr> = first.filters.iter().filter(by_all).cloned().collect();
        let rest: Option<Vec<Expr>> = asked
            .iter()
            .map(|asked| conjunction(asked.beside(&filters).cloned()))
            .collect();
        let (left, right) = (Arc::clone(&first.left), Arc::clone(&first.right));
        let fields: Vec<_> = columns(&key, &left, &right)
            .map(|(column, field)| field.as_ref().clone().with_name(column.flat_name()))
            .collect();
        let whole = MemTable::try_new(Arc::new(Schema::new(fields)), vec![Vec::new()]).ok()?;
        Some(Self {
            name,
            key,
            left,
            right,
            some: rest.and_then(disjunction),
            filters,
            whole: provider_as_source(Arc::new(whole)),
        })
    }

    /// How it is made, with the columns of some names.
    fn plan(&self, wanted: &BTreeSet<String>) -> Result<LogicalPlan, DataFusionError> {
        let Key { left, right, by } = &self.key;
        let key = |table: &TableReference, name: &String| Column::new(Some(table.clone()), name);
        let by = by
            .iter()
            .map(|(one, other)| (key(left, one), key(right, other)))
            .unzip();
        let scan = |name: &TableReference, table| {
            LogicalPlanBuilder::scan(name.clone(), Arc::clone(table), None)
        };
        let right = scan(right, &self.right)?.build()?;
        let mut plan = scan(left, &self.left)?.join(right, JoinType::Inner, by, None)?;
        if let Some(filter) = conjunction(self.filters.iter().chain(&self.some).cloned()) {
            plan = plan.filter(filter)?;
        }
        let columns = columns(&self.key, &self.left, &self.right)
            .map(|(column, _)| (column.flat_name(), column))
            .filter(|(name, _)| wanted.contains(name))
            .map(|(name, column)| Expr::Column(column).alias(name));
        plan.project(columns)?.build()
    }
}

/// The columns of two tables.
fn columns<'a>(
    key: &'a Key,
    left: &'a Arc<dyn TableSource>,
    right: &'a Arc<dyn TableSource>,
) -> impl Iterator<Item = (Column, FieldRef)> + 'a {
    [(&key.left, left), (&key.right, right)]
        .into_iter()
        .flat_map(|(name, table)| {
            let fields: Vec<FieldRef> = table.schema().fields().iter().cloned().collect();
            fields
                .into_iter()
                .map(|field| (Column::new(Some(name.clone()), field.name()), field))
        })
}

/// The columns that plans want of each table.
fn wanted<'a>(
    plans: impl Iterator<Item = &'a LogicalPlan>,
) -> HashMap<TableReference, BTreeSet<String>> {
    let mut wanted: HashMap<TableReference, BTreeSet<String>> = HashMap::new();
    for plan in plans {
        // It finds nothing that it could fail with.
        let _ = plan.apply(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let names = scan.projected_schema.fields().iter();
                let wanted = wanted.entry(scan.table_name.clone()).or_default();
                wanted.extend(names.map(|field| field.name().clone()));
            }
            Ok(TreeNodeRecursion::Continue)
        });
    }
    wanted
}

/// Makes a join, if it fits into so many bytes with what is counted already.
async fn keep(
    frame: DataFrame,
    counted: &Arc<MemoryReservation>,
    most: usize,
) -> Result<MemTable, DataFusionError> {
    let schema = Arc::clone(frame.schema().inner());
    let (packing, own) = (Arc::new(Packing::default()), Arc::new(counted.new_empty()));
    let parts = frame.execute_stream_partitioned().await?.into_iter();
    let parts = parts.map(|mut part| {
        let (packing, counted, own) = (packing.clone(), counted.clone(), own.clone());
        SpawnedTask::spawn(async move {
            let mut counter = RecordBatchMemoryCounter::new();
            let mut batches: Vec<RecordBatch> = Vec::new();
            while let Some(batch) = part.next().await {
                let batch = batch?;
                if batch.num_rows() == 0 {
                    continue;
                }
                let batch = packing.pack(&batch)?;
                let size = counter.count_batch(&batch);
                if counted.size() + own.size() + size > most {
                    let message = "the join does not fit into memory".to_owned();
                    return Err(DataFusionError::ResourcesExhausted(message));
                }
                own.try_grow(size)?;
                batches.push(batch);
            }
            Ok(batches)
        })
    });
    let parts = parts.map(async |part| {
        let done = part.join().await;
        done.map_err(|cause| DataFusionError::ExecutionJoin(Box::new(cause)))?
    });
    let parts = try_join_all(parts).await?;
    counted.grow(own.free());
    let packed = packing.schema();
    MemTable::try_new(packed.unwrap_or(schema), parts)
}

/// Puts joins into a plan for which it and others ask.
fn put_in(
    plan: LogicalPlan,
    common: &HashMap<Key, Common>,
) -> Result<Transformed<LogicalPlan>, DataFusionError> {
    plan.transform_down(|node| {
        let LogicalPlan::Join(join) = &node else {
            return Ok(Transformed::no(node));
        };
        let Some(asked) = Asked::of(join) else {
            return Ok(Transformed::no(node));
        };
        match common.get(&asked.key) {
            Some(common) => common.instead(join, &asked).map(Transformed::yes),
            None => Ok(Transformed::no(node)),
        }
    })
}

impl Common {
    /// A plan that gives what a place asks for.
    fn instead(&self, join: &Join, asked: &Asked) -> Result<LogicalPlan, DataFusionError> {
        let within = |expression: &Expr| {
            let named = expression.clone().transform(|part| match part {
                Expr::Column(column) => {
                    let own = Column::new(Some(self.name.clone()), column.flat_name());
                    Ok(Transformed::yes(Expr::Column(own)))
                }
                part => Ok(Transformed::no(part)),
            });
            named.map(|named| named.data)
        };
        let mut plan = LogicalPlanBuilder::scan(self.name.clone(), Arc::clone(&self.whole), None)?;
        let rest: Vec<Expr> = asked
            .beside(&self.filters)
            .map(within)
            .collect::<Result<_, _>>()?;
        if let Some(filter) = conjunction(rest) {
            plan = plan.filter(filter)?;
        }
        let columns = join.schema.iter().map(|(relation, field)| {
            let column = Column::new(relation.cloned(), field.name());
            let own = asked.columns.get(&column).ok_or_else(|| {
                DataFusionError::Internal(format!("{column} is no column of the join"))
            })?;
            Ok(within(own)?.alias_qualified(relation.cloned(), field.name()))
        });
        let columns: Vec<Expr> = columns.collect::<Result<_, DataFusionError>>()?;
        plan.project(columns)?.build()
    }
}

/// Puts the tables that were made in the place of what stood for them; fails where one was not made.
fn fill(plan: LogicalPlan, made: &Made) -> Result<LogicalPlan, DataFusionError> {
    let filled = plan.transform_down(|node| match node {
        LogicalPlan::TableScan(scan) if made.contains_key(&scan.table_name) => {
            let Some(Some(table)) = made.get(&scan.table_name) else {
                return Err(DataFusionError::Plan("a join was not made".to_owned()));
            };
            let places = scan.projected_schema.fields().iter();
            let schema = table.schema();
            let places: Vec<usize> = places
                .map(|field| schema.index_of(field.name()))
                .collect::<Result<_, _>>()?;
            let name = scan.table_name;
            let kept = LogicalPlanBuilder::scan(name.clone(), Arc::clone(table), Some(places))?;
            // What is packed is given out as it was.
            let columns = scan.projected_schema.fields().iter().map(|field| {
                let column = Column::new(Some(name.clone()), field.name());
                let column = cast(Expr::Column(column), field.data_type().clone());
                column.alias_qualified(Some(name.clone()), field.name())
            });
            // The table beneath has its name, and is not looked at again.
            let kept = kept.project(columns)?.build()?;
            Ok(Transformed::new(kept, true, TreeNodeRecursion::Jump))
        }
        node => Ok(Transformed::no(node)),
    });
    filled.map(|filled| filled.data)
}

#[cfg(test)]
mod tests {
    use datafusion::{
        arrow::{
            array::{Int64Array, StringViewArray},
            util::pretty::pretty_format_batches,
        },
        execution::{memory_pool::FairSpillPool, runtime_env::RuntimeEnvBuilder},
        prelude::SessionConfig,
    };

    use super::*;

    const PLACES: usize = 400;

    /// Firms at places that may not be known, places (some twice), and what there is at them.
    fn context(pool: usize) -> SessionContext {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(pool)))
            .build_arc()
            .unwrap();
        let config = SessionConfig::new().with_target_partitions(1);
        let context = SessionContext::new_with_config_rt(config, runtime);
        let place = |row: usize| format!("NE{} {}XX", row % 90, row % 7);
        let texts = |rows: usize, text: &dyn Fn(usize) -> Option<String>| {
            Arc::new((0..rows).map(text).collect::<StringViewArray>()) as Arc<_>
        };
        let numbers = |rows: usize, number: &dyn Fn(usize) -> Option<i64>| {
            Arc::new((0..rows).map(number).collect::<Int64Array>()) as Arc<_>
        };
        let count = |row: usize| i64::try_from(row).unwrap();
        let kinds = [
            "Active",
            "Active - a proposal to strike it off is made",
            "Liquidation",
        ];
        let tables = [
            (
                "firm",
                vec![
                    (
                        "place",
                        texts(9_000, &|row| (row % 11 > 0).then(|| place(row * 3))),
                    ),
                    ("kind", texts(9_000, &|row| Some(kinds[row % 3].to_owned()))),
                    (
                        "trade",
                        texts(9_000, &|row| {
                            (row % 13 > 0).then(|| format!("{}", row % 97))
                        }),
                    ),
                    (
                        "size",
                        numbers(9_000, &|row| (row % 5 > 0).then(|| count(row % 50))),
                    ),
                ],
            ),
            (
                "place",
                vec![
                    (
                        "code",
                        texts(PLACES, &|row| (row % 17 > 0).then(|| place(row))),
                    ),
                    ("area", texts(PLACES, &|row| Some(format!("E0{}", row % 9)))),
                    ("rank", numbers(PLACES, &|row| Some(count(row)))),
                ],
            ),
            (
                "speed",
                vec![
                    ("at", texts(PLACES, &|row| Some(place(row * 2)))),
                    (
                        "rate",
                        numbers(PLACES, &|row| (row % 3 > 0).then(|| count(row))),
                    ),
                ],
            ),
        ];
        for (name, columns) in tables {
            let batch = RecordBatch::try_from_iter_with_nullable(
                columns
                    .into_iter()
                    .map(|(name, column)| (name, column, true)),
            );
            drop(context.register_batch(name, batch.unwrap()).unwrap());
        }
        context
    }

    async fn plans(
        context: &SessionContext,
        queries: &[String],
    ) -> Vec<Result<LogicalPlan, SqlFault>> {
        let mut plans = Vec::new();
        for sql in queries {
            plans.push(Ok(context.state().create_logical_plan(sql).await.unwrap()));
        }
        plans
    }

    async fn rows(context: &SessionContext, plan: LogicalPlan) -> Vec<String> {
        let batches = DataFrame::new(context.state(), plan)
            .collect()
            .await
            .unwrap();
        let text = pretty_format_batches(&batches).unwrap().to_string();
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        rows.sort();
        rows
    }

    /// The places of queries into which a join was put; the answers are those without.
    async fn shared(queries: &[String]) -> Vec<usize> {
        let context = context(64 << 20);
        let plans = plans(&context, queries).await;
        let mut shared = Shared::make(&context, &plans, 2).await;
        let mut places = Vec::new();
        for (place, plan) in plans.into_iter().enumerate() {
            if let Some(with_joins) = shared.plans.remove(&place) {
                let without = rows(&context, plan.unwrap()).await;
                assert_eq!(
                    rows(&context, with_joins).await,
                    without,
                    "{}",
                    queries[place]
                );
                places.push(place);
            }
        }
        places
    }

    #[tokio::test]
    async fn a_join_for_which_several_ask_is_made_once() {
        let queries = [
            "SELECT p.area, count(*) FROM firm f JOIN place p ON p.code = f.place GROUP BY p.area",
            "SELECT area, sum(size) FROM place, firm WHERE code = place AND kind = 'Active' GROUP BY area",
            "WITH made AS (SELECT upper(kind) AS k, place AS at, size * 2 AS twice FROM firm WHERE size > 3) \
             SELECT k, p.area, max(twice) FROM made JOIN place AS p ON p.code = made.at AND p.rank > made.twice \
             GROUP BY 1, 2",
            "SELECT f.trade, s.rate FROM firm f JOIN place p ON p.code = f.place JOIN speed s ON s.at = p.code \
             WHERE p.area = 'E01' AND s.rate < 40",
            "SELECT count(*) FROM firm JOIN place ON code = place",
            // Not these: another kind of join, other columns, a part of a table, one that nobody else wants.
            "SELECT count(*) FROM firm LEFT JOIN place ON code = place",
            "SELECT count(*) FROM firm JOIN place ON area = place",
            "SELECT count(*) FROM (SELECT * FROM firm ORDER BY size LIMIT 9) JOIN place ON code = place",
            "SELECT count(*) FROM speed JOIN place ON code = at",
            "SELECT count(*) FROM firm a JOIN firm b ON a.place = b.trade",
            "SELECT count(*) FROM (SELECT *, random() AS r FROM firm) JOIN place ON code = place WHERE r < 2",
            "EXPLAIN SELECT count(*) FROM firm JOIN place ON code = place",
        ];
        let queries = queries.map(str::to_owned);
        assert_eq!(shared(&queries).await, [0, 1, 2, 3, 4]);
        assert_eq!(shared(&queries[..1]).await, [0; 0]);
    }

    /// Whatever the queries of a job filter by and give out.
    #[tokio::test]
    async fn answers_are_those_without_sharing() {
        let filters = [
            "f.kind = 'Active'",
            "f.kind LIKE '%strike%'",
            "f.size BETWEEN 3 AND 30",
            "f.size IS NULL",
            "p.area IN ('E01', 'E02', 'E03')",
            "p.rank % 2 = 0",
            "f.size > p.rank",
            "substr(f.trade, 1, 1) = '6'",
            "(f.trade IS NULL OR p.area = 'E05')",
            "true",
        ];
        let gives = [
            "count(*)",
            "p.area, count(*)",
            "f.kind, p.area, sum(f.size), min(f.trade)",
            "f.trade, max(p.rank)",
        ];
        let mut all = Vec::new();
        for (one, other) in filters
            .iter()
            .flat_map(|one| filters.map(|other| (one, other)))
        {
            for give in gives {
                let by = match give.matches(',').count() {
                    0 => "",
                    3 => "GROUP BY 1, 2",
                    _ => "GROUP BY 1",
                };
                all.push(format!(
                    "SELECT {give} FROM firm f JOIN place p ON p.code = f.place WHERE {one} AND {other} {by}"
                ));
            }
        }
        // Three to a job, far from each other in the list.
        let third = all.len() / 3;
        for place in 0..third {
            let queries = [0, 1, 2].map(|turn| all[place + turn * third].clone());
            assert_eq!(shared(&queries).await, [0, 1, 2], "{queries:?}");
        }
    }

    #[tokio::test]
    async fn a_join_that_is_too_large_is_not_kept() {
        let queries = ["rank", "size"]
            .map(|column| format!("SELECT sum({column}) FROM firm JOIN place ON code = place"));
        for (pool, kept) in [(64 << 20, 2), (100_000, 0)] {
            let context = context(pool);
            let plans = plans(&context, &queries).await;
            let shared = Shared::make(&context, &plans, 2).await;
            assert_eq!(shared.plans.len(), kept);
            let counted = context.runtime_env().memory_pool.reserved();
            assert_eq!(counted > 0, kept > 0, "{counted}");
            drop(shared);
            assert_eq!(context.runtime_env().memory_pool.reserved(), 0);
        }
    }
}
