//! Groups: who oversees the strategy and who carries each theme.

use askama::Template;
use axum::{Router, response::Response};
use dfg_plan::{Key, Kind, Record, record::GroupKind, story::capitalise};

use crate::{
    cx::{Cx, Link},
    fault::Fault,
    part::{SourceItem, count},
    record::{self, Dated, Fact},
    route::{html, page},
    shell::{Shell, theme_class},
    site::Site,
};

#[derive(Template)]
#[template(path = "group/list.html")]
struct ListPage {
    shell: Shell,
    trail: Vec<Link>,
    lede: String,
    groups: Vec<Item>,
    organisations_href: String,
}

struct Item {
    link: Link,
    class: String,
    kind: String,
    theme: Option<Link>,
    purpose: String,
    roles: String,
}

#[derive(Template)]
#[template(path = "group/page.html")]
struct Page {
    shell: Shell,
    trail: Vec<Link>,
    kind: String,
    class: String,
    purpose: String,
    roles: Vec<RoleItem>,
    theme: Option<Link>,
    theme_finding: String,
    decisions: Vec<Dated>,
    facts: Vec<Fact>,
    sources: Vec<SourceItem>,
    history_href: String,
    data_href: String,
}

struct RoleItem {
    title: String,
    who: Option<Link>,
}

/// The addresses of this feature.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route("/groups", page(list))
        .route("/groups/{slug}", page(show))
}

/// `GET /groups`.
fn list(cx: &Cx) -> Result<Response, Fault> {
    let plan = &cx.view.plan;
    let mut groups: Vec<_> = plan.groups.iter().collect();
    let order = |slug: &Option<dfg_plan::Slug>| {
        slug.as_ref()
            .and_then(|slug| plan.themes.get(slug))
            .map(|theme| theme.order)
    };
    groups.sort_by_key(|(slug, group)| (group.kind, order(&group.theme), (*slug).clone()));
    let steering = groups
        .iter()
        .filter(|(_, group)| group.kind == GroupKind::Steering)
        .count();
    let delivery = groups.len() - steering;
    let title = match (steering, delivery) {
        (0, 0) => "No group is known yet".to_owned(),
        (0, delivery) => format!("{} carry the plan", count(delivery, "group", "groups")),
        (_, 0) => "A steering group oversees the plan".to_owned(),
        (_, 1) => "A steering group oversees the plan, and a delivery group carries it".to_owned(),
        (_, delivery) => {
            format!("A steering group oversees the plan, and {delivery} delivery groups carry it")
        }
    };
    html(&ListPage {
        shell: cx
            .shell(title)
            .described("The groups that oversee the strategy and carry its themes."),
        trail: record::trail(
            cx,
            [Link::new(
                cx.moment.href("/organisations"),
                "Who takes part",
            )],
        ),
        lede: "The groups are told by their roles, never by personal names.".to_owned(),
        groups: groups
            .into_iter()
            .map(|(slug, group)| Item {
                link: cx.link(Kind::Group, slug),
                class: group.theme.as_ref().map(theme_class).unwrap_or_default(),
                kind: capitalise(group.kind.words()),
                theme: group.theme.as_ref().map(|slug| {
                    Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug))
                }),
                purpose: group.purpose.clone().unwrap_or_default(),
                roles: match group.roles.len() {
                    0 => "no source names its roles".to_owned(),
                    number => format!("{} known", count(number, "role", "roles")),
                },
            })
            .collect(),
        organisations_href: cx.moment.href("/organisations"),
    })
}

/// `GET /groups/{slug}`.
fn show(cx: &Cx) -> Result<Response, Fault> {
    let (slug, record) = cx.record(Kind::Group)?;
    let Record::Group(group) = record else {
        return Err(Fault::missing("group", slug));
    };
    let key = Key::new(Kind::Group, slug.clone());
    let theme = group
        .theme
        .as_ref()
        .map(|slug| Link::new(cx.link(Kind::Theme, slug).href, cx.view.theme_title(slug)));
    let theme_finding = group
        .theme
        .as_ref()
        .map(|slug| {
            let all = cx.view.plan.activities.values();
            record::stage_sentence(all.map(AsRef::as_ref).filter(|a| a.theme == *slug))
        })
        .unwrap_or_default();
    let purpose = group.purpose.clone().unwrap_or_default();
    html(&Page {
        shell: cx.shell(group.name.clone()).described(purpose.clone()),
        trail: record::trail(
            cx,
            [
                Link::new(cx.moment.href("/organisations"), "Who takes part"),
                Link::new(cx.moment.href("/groups"), "Groups"),
            ],
        ),
        kind: capitalise(group.kind.words()),
        class: group.theme.as_ref().map(theme_class).unwrap_or_default(),
        purpose,
        roles: group
            .roles
            .iter()
            .map(|role| RoleItem {
                title: role.title.clone(),
                who: role
                    .organisation
                    .as_ref()
                    .map(|slug| cx.link(Kind::Organisation, slug)),
            })
            .collect(),
        theme_finding,
        decisions: record::decisions_naming(cx, &key, "group"),
        facts: vec![
            Fact::words("Kind", Some(capitalise(group.kind.words()))),
            Fact::links(
                "Theme",
                theme
                    .clone()
                    .map_or_else(|| vec![Link::new("", "The whole strategy")], |t| vec![t]),
            ),
            Fact::words("Meets", group.meets.clone()),
        ],
        theme,
        sources: SourceItem::list(&group.sources),
        history_href: record::history_href(cx, Kind::Group, &slug),
        data_href: record::data_href(cx, Kind::Group, &slug),
    })
}
