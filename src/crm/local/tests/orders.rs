//! What was sold, and the money that came and went for it.

use super::contacts::{create, done, somebody};
use super::sales::second;
use super::*;
use crate::crm::model::{Currency, Order, OrderItem, OrderStatus, Page, Transaction, TransactionKind};
use crate::crm::operation::{Catalogued, CreateOrder, GetOrder, ListOrders, ListTransactions, RecordTransaction};
use crate::id::{ContactId, OrderId};
use TransactionKind::{Payment, Refund};

fn of(amounts: &[(u32, i64)]) -> CreateOrder {
    let item = |(quantity, unit_minor): &(u32, i64)| OrderItem {
        name: "thing".to_owned(),
        quantity: *quantity,
        unit_minor: *unit_minor,
    };
    CreateOrder { items: amounts.iter().map(item).collect(), ..CreateOrder::default() }
}

async fn order(house: &House, new: CreateOrder) -> Order {
    done!(house, new, OrderCreated)
}

fn money(order: OrderId, kind: TransactionKind, amount_minor: i64) -> RecordTransaction {
    RecordTransaction { order, kind, amount_minor, currency: None, provider: "card".to_owned(), reference: None }
}

async fn refused(house: &House, transaction: RecordTransaction) -> String {
    match house.perform(transaction.into()).await {
        Err(Error::Invalid(why)) => why.to_string(),
        other => panic!("a refusal, not {other:?}"),
    }
}

#[tokio::test]
async fn an_order_is_paid_in_parts_and_given_back_in_parts() {
    let house = House::open().await;
    let made = order(&house, of(&[(2, 1_000), (1, -500)])).await;
    assert_eq!((made.total_minor, made.status, made.currency), (1_500, OrderStatus::Unpaid, Currency::USD));
    let steps = [
        (Payment, 500, OrderStatus::PartlyPaid),
        (Payment, 1_000, OrderStatus::Paid),
        (Refund, 300, OrderStatus::PartlyPaid),
        (Payment, 300, OrderStatus::Paid),
        (Refund, 1_500, OrderStatus::Refunded),
    ];
    for (kind, amount, status) in steps {
        let recorded: Transaction = done!(house, money(made.id, kind, amount), TransactionRecorded);
        assert_eq!((recorded.amount_minor, recorded.currency), (amount, Currency::USD));
        let read: Order = done!(house, GetOrder { order: made.id }, OrderGot);
        assert_eq!(read.status, status, "{kind:?} of {amount}");
    }
    let read: Order = done!(house, GetOrder { order: made.id }, OrderGot);
    assert_eq!((read.paid_minor, read.refunded_minor, read.version), (1_800, 1_800, 6));
}

#[tokio::test]
async fn no_more_is_paid_than_is_owed_and_no_more_given_back_than_was_paid() {
    let house = House::open().await;
    let made = order(&house, of(&[(1, 1_000)])).await.id;
    assert!(refused(&house, money(made, Refund, 1)).await.contains("only 0"));
    assert!(refused(&house, money(made, Payment, 1_001)).await.contains("only 1000"));
    let euros = RecordTransaction { currency: "EUR".parse().ok(), ..money(made, Payment, 1) };
    assert!(refused(&house, euros).await.contains("USD"));
    done!(house, money(made, Payment, 1_000), TransactionRecorded);
    assert!(refused(&house, money(made, Payment, 1)).await.contains("only 0"));
    let all: Page<Transaction> = done!(house, ListTransactions::default(), Transactions);
    assert_eq!(all.items.len(), 1, "what was refused left nothing");
}

#[tokio::test]
async fn what_a_provider_tells_twice_is_recorded_once() {
    let house = House::open().await;
    let made = order(&house, of(&[(1, 1_000)])).await.id;
    let told = RecordTransaction { reference: Some("pi_1".to_owned()), ..money(made, Payment, 400) };
    let first: Transaction = done!(house, told.clone(), TransactionRecorded);
    let again: Transaction = done!(house, told.clone(), TransactionRecorded);
    assert_eq!(again, first);
    let another = RecordTransaction { amount_minor: 500, ..told.clone() };
    assert!(refused(&house, another).await.contains("reference"));
    let elsewhere = RecordTransaction { provider: "cash".to_owned(), ..told };
    done!(house, elsewhere, TransactionRecorded);
    let read: Order = done!(house, GetOrder { order: made }, OrderGot);
    assert_eq!(read.paid_minor, 800);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_payments_that_come_at_once_no_more_is_taken_than_is_owed() {
    let house = Arc::new(House::open().await);
    let made = order(&house, of(&[(1, 1_000)])).await.id;
    let mut payers = tokio::task::JoinSet::new();
    for number in 0..20 {
        let house = house.clone();
        let reference = Some(format!("pi_{}", number % 10));
        let payment = RecordTransaction { reference, ..money(made, Payment, 300) };
        payers.spawn(async move { house.perform(payment.into()).await });
    }
    let results = payers.join_all().await;
    let recorded: std::collections::HashSet<_> = results
        .iter()
        .filter_map(|result| match result {
            Ok(Outcome::TransactionRecorded(recorded)) => Some(recorded.id),
            Err(Error::Invalid(_)) => None,
            other => panic!("a transaction or a refusal, not {other:?}"),
        })
        .collect();
    let read: Order = done!(house, GetOrder { order: made }, OrderGot);
    assert_eq!((recorded.len(), read.paid_minor), (3, 900), "each reference once, and no more than is owed");
}

#[tokio::test]
async fn orders_and_transactions_are_listed_the_newest_first() {
    let house = House::open().await;
    let ana = create(&house, somebody("Ana", "", None, None)).await.id;
    let mut made: Vec<Order> = Vec::new();
    let euros = CreateOrder { currency: "eur".parse().ok(), ..of(&[(1, 300)]) };
    for new in [of(&[(1, 100)]), CreateOrder { contact: Some(ana), ..of(&[(1, 200)]) }, euros] {
        made.push(order(&house, new).await);
        house.clock.set(house.clock.now() + SignedDuration::from_secs(1));
    }
    done!(house, money(made[1].id, Payment, 200), TransactionRecorded);
    house.clock.set(house.clock.now() + SignedDuration::from_secs(1));
    done!(house, money(made[1].id, Refund, 50), TransactionRecorded);
    done!(house, money(made[2].id, Payment, 300), TransactionRecorded);
    let all = ListOrders::default;
    let since = made[1].created_at;
    let cases: [(ListOrders, &[i64]); 5] = [
        (all(), &[300, 200, 100]),
        (ListOrders { contact: Some(ana), ..all() }, &[200]),
        (ListOrders { status: Some(OrderStatus::Unpaid), ..all() }, &[100]),
        (ListOrders { status: Some(OrderStatus::PartlyPaid), ..all() }, &[200]),
        (ListOrders { created_from: Some(since), created_before: Some(made[2].created_at), ..all() }, &[200]),
    ];
    for (wanted, totals) in cases {
        let page: Page<Order> = done!(house, wanted.clone(), Orders);
        assert_eq!(page.items.iter().map(|one| one.total_minor).collect::<Vec<_>>(), totals, "{wanted:?}");
    }
    let every = ListTransactions::default;
    let cases: [(ListTransactions, usize); 5] = [
        (every(), 3),
        (ListTransactions { order: Some(made[1].id), ..every() }, 2),
        (ListTransactions { contact: Some(ana), ..every() }, 2),
        (ListTransactions { kind: Some(Refund), ..every() }, 1),
        (ListTransactions { created_before: Some(since), ..every() }, 0),
    ];
    for (wanted, count) in cases {
        let page: Page<Transaction> = done!(house, wanted.clone(), Transactions);
        assert_eq!(page.items.len(), count, "{wanted:?}");
    }
    let first: Page<Order> = done!(house, ListOrders { limit: Some(2), ..all() }, Orders);
    let rest: Page<Order> = done!(house, ListOrders { limit: Some(2), cursor: first.next, ..all() }, Orders);
    assert_eq!((rest.items[0].id, rest.next), (made[0].id, None));
}

#[tokio::test]
async fn another_business_s_orders_are_not_found() {
    let house = House::open().await;
    let contact = create(&house, somebody("Ana", "", None, None)).await.id;
    let theirs = order(&house, of(&[(1, 100)])).await.id;
    let other = second(&house).await;
    let elsewhere: [(Operation, &str); 6] = [
        (CreateOrder { contact: Some(contact), ..of(&[(1, 1)]) }.into(), "contact"),
        (GetOrder { order: theirs }.into(), "order"),
        (money(theirs, Payment, 1).into(), "order"),
        (ListOrders { contact: Some(contact), ..ListOrders::default() }.into(), "contact"),
        (ListTransactions { order: Some(theirs), ..ListTransactions::default() }.into(), "order"),
        (ListTransactions { contact: Some(ContactId::fresh()), ..ListTransactions::default() }.into(), "contact"),
    ];
    for (operation, noun) in elsewhere {
        let asked = operation.clone();
        assert_eq!(house.perform_for(other, operation).await, Err(Error::NotFound(noun)), "{asked:?}");
    }
    let nothing = house.perform_for(other, ListOrders::default().into()).await;
    assert_eq!(nothing, Ok(Outcome::Orders(Page { items: Vec::new(), next: None })));
}

#[test]
fn an_order_that_does_not_add_up_is_refused() {
    let total = |given| CreateOrder { total_minor: Some(given), ..of(&[(2, 1_000), (1, -500)]) };
    assert_eq!(total(1_500).within_limits(), Ok(()));
    let wrong =
        [total(1_499), of(&[]), of(&[(0, 100)]), of(&[(1, -1)]), of(&[(u32::MAX, i64::MAX)]), of(&vec![(1, 1); 101])];
    for mut order in wrong {
        assert!(matches!(order.within_limits(), Err(Error::Invalid(_))), "{order:?}");
    }
    for amount in [0, -1, i64::MAX] {
        assert!(matches!(money(OrderId::fresh(), Payment, amount).within_limits(), Err(Error::Invalid(_))));
    }
}
