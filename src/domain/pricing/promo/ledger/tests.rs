//! Uses told in tables, and against a model that keeps nothing but a list.

use proptest::prelude::*;

use super::*;

fn booking(no: u8) -> BookingId {
    BookingId(Uuid::from_u128(no.into()))
}

fn client(no: u8) -> ClientKey {
    ClientKey(Uuid::from_u128(no.into()))
}

fn limits(total: Option<u32>, per_client: Option<u32>) -> PromoLimits {
    PromoLimits { total, per_client }
}

fn open(limits: PromoLimits) -> PromoLedger {
    PromoLedger::open(limits)
}

fn command(words: &[&str]) -> Command {
    let number = |text: &str| text.parse::<u8>().unwrap();
    let limit = |text: &str| text.parse::<u32>().ok();
    match *words {
        ["redeem", no, by] => {
            Command::Redeem { booking: booking(number(no)), client: client(number(by)) }
        }
        ["release", no] => Command::Release { booking: booking(number(no)) },
        ["limit", total, each] => Command::SetLimits { limits: limits(limit(total), limit(each)) },
        _ => panic!("{words:?}"),
    }
}

/// Runs a table: `limit <total> <each>`, `redeem <booking> <client>`, `release <booking>`, `end`,
/// then what comes of it. The first line opens the promo.
fn check(table: &str) {
    let mut lines = table.lines().map(str::trim).filter(|line| !line.is_empty());
    let opening: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let Command::SetLimits { limits } = command(&opening) else { panic!("{opening:?}") };
    let mut ledger = open(limits);
    for line in lines {
        let (asked, expected) = line.split_once("=>").unwrap();
        let asked: Vec<&str> = asked.split_whitespace().collect();
        if asked == ["end"] {
            ledger.is_ended = true;
            continue;
        }
        let got = match decide(&ledger, &command(&asked)) {
            Ok(None) => "nothing".to_owned(),
            Ok(Some(event)) => {
                ledger.apply(&event);
                let what = match event {
                    Event::Redeemed { .. } => "redeemed",
                    Event::Released { .. } => "released",
                    Event::LimitsSet { .. } => "limits-set",
                };
                format!("{what} {}", ledger.used_count())
            }
            Err(Rejection::Exhausted { of, limit }) => format!("exhausted {of:?} {limit}"),
            Err(Rejection::LimitBelowUsed { of, limit, used_count }) => {
                format!("below {of:?} {limit} {used_count}")
            }
            Err(Rejection::Ended) => "has-ended".to_owned(),
            Err(Rejection::OtherClient { .. }) => "other-client".to_owned(),
        };
        assert_eq!(got, expected.trim(), "{line}");
        assert_eq!(invariants::broken(&ledger), None, "{line}");
    }
}

#[test]
fn the_last_use_goes_to_one_client_and_comes_back_when_it_is_released() {
    check(
        "
        limit 2 -
        redeem 1 1  => redeemed 1
        redeem 2 2  => redeemed 2
        redeem 3 3  => exhausted Everybody 2
        release 1   => released 1
        redeem 3 3  => redeemed 2
        redeem 1 1  => exhausted Everybody 2
        ",
    );
}

#[test]
fn a_booking_uses_a_promo_once_however_often_it_asks_or_gives_back() {
    check(
        "
        limit 1 1
        redeem 1 1  => redeemed 1
        redeem 1 1  => nothing
        redeem 1 2  => other-client
        release 2   => nothing
        release 1   => released 0
        release 1   => nothing
        redeem 1 1  => redeemed 1
        ",
    );
}

#[test]
fn a_client_has_a_limit_of_its_own() {
    check(
        "
        limit 10 2
        redeem 1 1  => redeemed 1
        redeem 2 1  => redeemed 2
        redeem 3 1  => exhausted Client 2
        redeem 3 2  => redeemed 3
        release 2   => released 2
        redeem 4 1  => redeemed 3
        ",
    );
}

#[test]
fn a_limit_never_falls_below_what_was_granted() {
    check(
        "
        limit - -
        redeem 1 1  => redeemed 1
        redeem 2 1  => redeemed 2
        redeem 3 2  => redeemed 3
        limit 2 -   => below Everybody 2 3
        limit 3 1   => below Client 1 2
        limit 3 2   => limits-set 3
        limit 3 2   => nothing
        redeem 4 3  => exhausted Everybody 3
        limit - 2   => limits-set 3
        redeem 4 3  => redeemed 4
        ",
    );
}

#[test]
fn an_ended_promo_keeps_its_uses_and_takes_them_back() {
    check(
        "
        limit 5 -
        redeem 1 1  => redeemed 1
        end         => no more
        redeem 2 2  => has-ended
        redeem 1 1  => nothing
        release 1   => released 0
        redeem 1 1  => has-ended
        ",
    );
}

#[test]
fn a_promo_without_a_limit_still_has_one() {
    let limits = limits(Some(u32::MAX), None);
    let ledger = PromoLedger::excerpt(limits, false, USES_MAX, BTreeMap::new());
    let late = BookingId(Uuid::from_u128(u128::MAX));

    let refused = decide(&ledger, &Command::Redeem { booking: late, client: client(2) });

    assert_eq!(refused, Err(Rejection::Exhausted { of: LimitOf::Everybody, limit: USES_MAX }));
}

/// A broken ledger is found: an invariant that nothing can break proves nothing.
#[test]
fn every_invariant_can_be_broken() {
    let used = |ledger: &mut PromoLedger| {
        for no in 1..=2 {
            ledger.apply(&Event::Redeemed { booking: booking(no), client: client(1) });
        }
    };
    let broken = |spoil: fn(&mut PromoLedger)| {
        let mut ledger = open(limits(None, None));
        used(&mut ledger);
        spoil(&mut ledger);
        invariants::broken(&ledger)
    };

    assert_eq!(broken(|_| {}), None);
    assert_eq!(broken(|ledger| ledger.by_client.clear()), Some("clients-come-to-uses"));
    assert_eq!(broken(|ledger| ledger.limits.total = Some(1)), Some("uses-within-limit"));
    let each = broken(|ledger| ledger.limits.per_client = Some(1));
    assert_eq!(each, Some("client-uses-within-limit"));
}

#[test]
fn an_excerpt_decides_as_the_whole_ledger_would() {
    let mut whole = open(limits(Some(4), Some(2)));
    for (no, by) in [(1, 1), (2, 1), (3, 2)] {
        whole.apply(&Event::Redeemed { booking: booking(no), client: client(by) });
    }
    for by in 1..=3 {
        let known = [(client(by), whole.used_by(client(by)))].into();
        let excerpt = PromoLedger::excerpt(whole.limits, false, whole.used_count(), known);
        let command = Command::Redeem { booking: booking(9), client: client(by) };

        assert_eq!(decide(&excerpt, &command), decide(&whole, &command), "client {by}");
    }
}

/// All that a promo's uses are, kept as a list and counted anew each time.
#[derive(Debug, Default)]
struct Naive {
    uses: Vec<(BookingId, ClientKey)>,
    limits: PromoLimits,
}

impl Naive {
    fn by(&self, client: ClientKey) -> usize {
        self.uses.iter().filter(|(_, by)| *by == client).count()
    }

    fn fits(&self, limits: PromoLimits) -> bool {
        let below = |limit: Option<u32>, count: usize| {
            limit.is_none_or(|limit| count <= usize::try_from(limit).unwrap())
        };
        below(limits.total, self.uses.len())
            && self.uses.iter().all(|(_, client)| below(limits.per_client, self.by(*client)))
    }

    /// Whether the command was taken, and whether it changed anything.
    fn ask(&mut self, command: &Command) -> Option<bool> {
        match *command {
            Command::Redeem { booking, client } => {
                if let Some((_, by)) = self.uses.iter().find(|(used, _)| *used == booking) {
                    return (*by == client).then_some(false);
                }
                self.uses.push((booking, client));
                if !self.fits(self.limits) {
                    self.uses.pop();
                    return None;
                }
                Some(true)
            }
            Command::Release { booking } => {
                let before = self.uses.len();
                self.uses.retain(|(used, _)| *used != booking);
                Some(self.uses.len() != before)
            }
            Command::SetLimits { limits } => {
                let changes = self.limits != limits;
                self.fits(limits).then(|| {
                    self.limits = limits;
                    changes
                })
            }
        }
    }
}

fn any_command() -> impl Strategy<Value = Command> {
    let limit = || proptest::option::of(0_u32..8);
    prop_oneof![
        12 => (0_u8..20, 0_u8..5).prop_map(|(no, by)| {
            Command::Redeem { booking: booking(no), client: client(by) }
        }),
        6 => (0_u8..20).prop_map(|no| Command::Release { booking: booking(no) }),
        2 => (limit(), limit()).prop_map(|(total, each)| {
            Command::SetLimits { limits: limits(total, each) }
        }),
    ]
}

proptest! {
    #[test]
    fn the_ledger_says_and_does_what_a_list_would(
        commands in proptest::collection::vec(any_command(), 0..80),
    ) {
        let opening = limits(None, None);
        let (mut ledger, mut naive) = (open(opening), Naive::default());
        for command in &commands {
            let decided = decide(&ledger, command);
            let expected = naive.ask(command);
            prop_assert_eq!(decided.map(|event| event.is_some()).ok(), expected, "{:?}", command);
            if let Ok(Some(event)) = decided {
                ledger.apply(&event);
            }
            prop_assert_eq!(&ledger.live, &naive.uses.iter().copied().collect());
            prop_assert_eq!(usize::try_from(ledger.used_count()).unwrap(), naive.uses.len());
            for no in 0..5 {
                let counted = usize::try_from(ledger.used_by(client(no))).unwrap();
                prop_assert_eq!(counted, naive.by(client(no)));
            }
            prop_assert_eq!(invariants::broken(&ledger), None);
        }
    }
}
