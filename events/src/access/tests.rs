//! The table as the documents show it, and what lies outside of a grant.

use super::*;

fn grant(role: Role, tier: Tier) -> Grant {
    Grant {
        tenant: TenantId::new("north").unwrap(),
        sites: Sites::These([SiteId::new("main").unwrap()].into()),
        role,
        tier,
        wards: Wards::These([WardId::new("W1").unwrap()].into()),
        label: Label::new("Ward 1, days").unwrap(),
        device: None,
    }
}

fn site(tenant: &str, site: &str) -> Site {
    Site {
        tenant: TenantId::new(tenant).unwrap(),
        site: SiteId::new(site).unwrap(),
    }
}

/// The table in Markdown, a line an act.
fn table() -> String {
    let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
    let mut table = format!(
        "| act | from tier | {} |\n|---|---|{}\n",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for act in Act::all() {
        let permits = Role::ALL.iter().map(|role| match role.permit(act) {
            Permit::No => "",
            Permit::Own => "own",
            Permit::Any => "yes",
        });
        let permits: Vec<_> = permits.collect();
        let (name, tier) = (act.name(), act.tier());
        table += &format!("| {name} | {tier} | {} |\n", permits.join(" | "));
    }
    table
}

#[test]
fn the_documented_table_is_the_one_that_holds() {
    let documented = include_str!("../../../docs/access.md");
    let table = table();
    assert!(
        documented.contains(&table),
        "docs/access.md must say:\n{table}"
    );
}

#[test]
fn another_tenants_site_of_the_same_name_is_not_there() {
    let one = grant(Role::ChargeNurse, Tier::Staff);
    assert!(one.sees_site(&site("north", "main")));
    assert!(!one.sees_site(&site("south", "main")));
    assert!(!one.sees_site(&site("north", "annex")));
    let every = Grant {
        sites: Sites::All,
        ..one
    };
    assert!(every.sees_site(&site("north", "annex")));
    assert!(!every.sees_site(&site("south", "annex")));
}

#[test]
fn a_list_of_wards_is_not_the_whole_site() {
    let one = grant(Role::ChargeNurse, Tier::Staff);
    assert!(one.sees_ward(&WardId::new("W1").unwrap()));
    assert!(!one.sees_ward(&WardId::new("W2").unwrap()));
    assert!(!one.sees_ward(&WardId::new("-").unwrap()));
    assert!(!one.sees_all_wards());
}

#[test]
fn a_kiosk_reads_boards_and_nothing_else_whatever_its_tier() {
    for &tier in Tier::ALL {
        for act in Act::all() {
            assert_eq!(
                grant(Role::Kiosk, tier).may(act),
                act == Act::ReadBoards,
                "{act:?} as {tier}"
            );
        }
    }
}

#[test]
fn what_can_not_be_seen_can_not_be_done() {
    let tap = Act::Command(CommandKind::TapBed);
    assert!(grant(Role::ChargeNurse, Tier::Corridor).may(tap));
    assert!(!grant(Role::ChargeNurse, Tier::Public).may(tap));
    assert!(grant(Role::Analyst, Tier::Staff).may(Act::Explain));
    assert!(!grant(Role::Analyst, Tier::Corridor).may(Act::Explain));
}

#[test]
fn a_cleaner_takes_back_what_they_did_themselves() {
    let undo = Act::Command(CommandKind::Undo);
    let other = Label::new("Ward 1, nights").unwrap();
    let cleaner = grant(Role::Cleaner, Tier::Corridor);
    assert!(cleaner.may_to(undo, &cleaner.label));
    assert!(!cleaner.may_to(undo, &other));
    let nurse = grant(Role::ChargeNurse, Tier::Corridor);
    assert!(nurse.may_to(undo, &other));
    let analyst = grant(Role::Analyst, Tier::Staff);
    assert!(!analyst.may_to(undo, &analyst.label));
}

#[test]
fn names_are_read_as_they_are_written() {
    for role in Role::ALL {
        assert_eq!(role.name().parse(), Ok(*role));
    }
    for tier in Tier::ALL {
        assert_eq!(tier.name().parse(), Ok(*tier));
    }
    for kind in CommandKind::ALL {
        assert_eq!(kind.name().parse(), Ok(*kind));
    }
    let unknown = "everybody".parse::<Tier>().unwrap_err();
    assert_eq!(unknown.to_string(), "is none of public, corridor, staff");
}

#[test]
fn a_label_can_be_shown() {
    assert_eq!(Label::new(" "), Err(LabelError::Empty));
    assert_eq!(Label::new("Ward\n1"), Err(LabelError::Character));
    assert_eq!(Label::new(" Ward 1"), Err(LabelError::Character));
    assert_eq!(Label::new(&"é".repeat(65)), Err(LabelError::TooLong));
    assert_eq!(Label::new("Küche 3").unwrap().as_str(), "Küche 3");
}
