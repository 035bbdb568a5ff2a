//! The schema, the file it lies in, and the businesses there.

use super::*;

#[tokio::test]
async fn migrations_run_forward_and_back() {
    let (_kept, url) = Kept::fresh();
    let applied = |states: Vec<MigrationState>| states.into_iter().map(|state| state.applied).collect::<Vec<_>>();
    let versions: Vec<i64> = status(&url).await.expect("a status").iter().map(|state| state.version).collect();
    let steps = versions.len();
    assert_eq!(applied(status(&url).await.expect("a status")), vec![false; steps]);
    assert_eq!(applied(up(&url).await.expect("up")), vec![true; steps]);
    assert_eq!(up(&url).await.expect("up again"), []);
    let clock = Arc::new(ManualClock::at(at(NOW)));
    let embedded = Embedded::open(&url, clock.clone()).await.expect("an open database");
    seed_demo(&embedded).await.expect("the demo business");
    embedded.close().await;

    for version in versions.into_iter().rev() {
        let undone = undo(&url).await.expect("undone").expect("there was one");
        assert_eq!((undone.version, undone.applied), (version, false));
    }
    assert_eq!(undo(&url).await.expect("nothing left"), None);
    assert_eq!(applied(status(&url).await.expect("a status")), vec![false; steps]);
    let store = Store::connect(&url).await.expect("the file");
    let tables = match store.engine {
        store::Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type IN ('table', 'index') ORDER BY name",
        store::Engine::Postgres => {
            "SELECT CAST(relname AS TEXT) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        }
    };
    let tables: Vec<String> =
        sqlx::query_scalar(tables).fetch_all(&mut *store.read().await.expect("a reader")).await.expect("the tables");
    let left: Vec<_> = tables.iter().filter(|name| !name.contains("_sqlx_") && !name.starts_with("sqlite_")).collect();
    assert_eq!(left, Vec::<&String>::new(), "nothing of ours is left");
    store.close().await;

    up(&url).await.expect("up once more");
    let embedded = Embedded::open(&url, clock).await.expect("an open database");
    assert_eq!(embedded.businesses().await, Ok(Vec::new()));
}

#[tokio::test]
async fn the_demo_business_is_added_once_and_can_be_booked() {
    let house = House::open().await;
    let again = seed_demo(&house.embedded).await.expect("there already");
    assert_eq!(again, house.business);
    assert_eq!(house.embedded.businesses().await, Ok(vec![house.business.clone()]));
    assert_eq!(house.embedded.business(house.business.id).await, Ok(Some(house.business.clone())));
    assert_eq!(house.embedded.business_by_phone(&number("+13055550199")).await, Ok(Some(house.business.clone())));
    assert_eq!(house.embedded.business_by_phone(&number("+13055550100")).await, Ok(None));
    let minutes: Vec<_> =
        house.business.services.iter().map(|service| (service.name.as_str(), service.minutes)).collect();
    assert_eq!(minutes, [("cleaning", 30), ("check-up", 30), ("consultation", 20), ("whitening", 60)]);
    for service in &house.business.services {
        assert!(service.aliases.iter().all(|alias| alias.to_lowercase() == *alias), "{}", service.name);
        let free = house.free(&service.name, NOW, TUESDAY_17).await;
        assert!(!free.is_empty(), "{} can be booked", service.name);
    }
}

#[tokio::test]
async fn hours_that_could_not_be_booked_are_refused() {
    let house = House::open().await;
    let break_it: [fn(&mut Business); 5] = [
        |business| business.zone = "Mars/Olympus".to_owned(),
        |business| business.hours.step_minutes = 7,
        |business| business.hours.horizon_days = 10_000,
        |business| business.services[0].minutes = 0,
        |business| business.hours.week[0][0].from = jiff::civil::time(9, 1, 0, 0),
    ];
    for break_it in break_it {
        let mut business = house.business.clone();
        business.id = BusinessId::fresh();
        business.phone = number("+13055550188");
        break_it(&mut business);
        let refused = house.embedded.add(&business, Hand::house()).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    assert!(
        matches!(house.embedded.add(&house.business, Hand::house()).await, Err(Error::Invalid(_))),
        "the number is in use"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_that_start_at_once_on_an_empty_place_all_open_it() {
    let (_kept, url) = Kept::fresh();
    let mut openers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let url = url.clone();
        openers.spawn(async move {
            let embedded = Embedded::open(&url, Arc::new(ManualClock::at(at(NOW)))).await.expect("an open database");
            seed_demo(&embedded).await.expect("the demo business").id
        });
    }
    let seeded: std::collections::HashSet<_> = openers.join_all().await.into_iter().collect();
    assert_eq!(seeded.len(), 1);
}
