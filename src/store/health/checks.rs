//! What is looked for by one statement each.

/// Selects one text per finding. Words in capitals that are not SQL are put in by
/// [`super::in_words_of`].
pub(super) const CHECKS: &[&str] = &[
    "SELECT 'ledger ' || l.id || ' counts ' || l.used || ' units, its bookings take '
            || (coalesce(b.units, 0) + coalesce(d.units, 0)) AS finding
     FROM ledgers l
     LEFT JOIN (SELECT ledger_id, sum(units) AS units FROM bookings
                WHERE status IN ENTRY_STATUSES
                  AND NOT EXISTS (SELECT 1 FROM holds h
                                  WHERE h.ledger_id = bookings.ledger_id
                                    AND h.booking_id = bookings.id AND h.role <> 'here')
                GROUP BY ledger_id) b ON b.ledger_id = l.id
     LEFT JOIN (SELECT ledger_id, sum(units) AS units FROM holds
                WHERE role = 'departing' GROUP BY ledger_id) d ON d.ledger_id = l.id
     WHERE l.used <> coalesce(b.units, 0) + coalesce(d.units, 0)",
    "SELECT 'ledger ' || l.id || ' counts ' || l.held || ' units held, its holds take '
            || coalesce(h.units, 0) AS finding
     FROM ledgers l
     LEFT JOIN (SELECT ledger_id, sum(units) AS units FROM holds
                WHERE role <> 'departing' GROUP BY ledger_id) h ON h.ledger_id = l.id
     WHERE l.held <> coalesce(h.units, 0)",
    "SELECT 'ledger ' || l.id || ' is at version ' || l.version || ', it has '
            || coalesce(e.events_count, 0) || ' events up to ' || coalesce(e.last, 0) AS finding
     FROM ledgers l
     LEFT JOIN (SELECT ledger_id, count(*) AS events_count, max(seq) AS last FROM events
                GROUP BY ledger_id) e ON e.ledger_id = l.id
     WHERE l.version <> coalesce(e.events_count, 0) OR l.version <> coalesce(e.last, 0)",
    "SELECT 'event ' || e.seq || ' belongs to ledger ' || e.ledger_id || ', which has no row'
            AS finding
     FROM events e WHERE NOT EXISTS (SELECT 1 FROM ledgers l WHERE l.id = e.ledger_id)",
    "SELECT 'booking ' || b.no || ' belongs to ledger ' || b.ledger_id || ', which has no row'
            AS finding
     FROM bookings b WHERE NOT EXISTS (SELECT 1 FROM ledgers l WHERE l.id = b.ledger_id)",
    "SELECT 'booking ' || b.no || ' was changed by event ' || b.seq || ' of ledger '
            || b.ledger_id || ', which is not there or about something else' AS finding
     FROM bookings b
     WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.ledger_id = b.ledger_id
                       AND e.seq = b.seq AND e.booking_no = b.no)",
    // What is held and released may never have become a booking.
    "SELECT 'event ' || e.seq || ' of ledger ' || e.ledger_id || ' is about booking '
            || e.booking_no || ', which is not there' AS finding
     FROM events e
     WHERE e.booking_no IS NOT NULL AND e.kind NOT IN ('held', 'hold-released')
       AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.no = e.booking_no)",
    "SELECT 'quantum ' || c.quantum || ' of member or resource ' || c.resource_no
            || ' is claimed by booking ' || c.booking_no || ', which does not take it' AS finding
     FROM claims c LEFT JOIN bookings b ON b.no = c.booking_no
     WHERE c.booking_no NOT IN (SELECT booking_no FROM holds)
       AND (b.no IS NULL OR b.status NOT IN ENTRY_STATUSES
            OR c.quantum < FIRST_QUANTUM OR c.quantum >= END_QUANTUM
            OR (coalesce(b.member_no, 0) <> c.resource_no
                AND NOT EXISTS (SELECT 1 FROM resources r
                                WHERE r.no = c.resource_no AND USES_RESOURCE)))",
    "SELECT 'booking ' || b.no || ' does not claim all the time it takes of member or resource '
            || u.resource_no AS finding
     FROM (SELECT b.no, b.member_no AS resource_no FROM bookings b WHERE b.member_no IS NOT NULL
           UNION ALL
           SELECT b.no, r.no FROM bookings b JOIN resources r ON USES_RESOURCE
           WHERE b.resources <> '[]') u
     JOIN bookings b ON b.no = u.no
     WHERE b.status IN ENTRY_STATUSES AND b.no NOT IN (SELECT booking_no FROM holds)
       AND (SELECT count(*) FROM claims c WHERE c.resource_no = u.resource_no
            AND c.quantum >= FIRST_QUANTUM AND c.quantum < END_QUANTUM AND c.booking_no = b.no)
           <> END_QUANTUM - FIRST_QUANTUM",
    "SELECT 'event ' || e.seq || ' of ledger ' || e.ledger_id || ' (' || e.kind
            || ') has nothing in the outbox' AS finding
     FROM events e
     WHERE e.kind IN ('booked', 'rescheduled', 'assigned', 'cancelled', 'declined', 'expired',
                      'offered', 'hold-confirmed', 'wait-joined', 'wait-ended', 'displaced')
       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.ledger_id = e.ledger_id AND o.seq = e.seq)
       AND NOT EXISTS (SELECT 1 FROM purges p WHERE p.what IN ('letters', 'dead-letters')
                       AND e.at < p.purged_until)",
    "SELECT 'the outbox speaks of event ' || o.seq || ' of ledger ' || o.ledger_id
            || ', which is not there' AS finding
     FROM outbox o
     WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.ledger_id = o.ledger_id AND e.seq = o.seq)",
    "SELECT 'key ' || i.key || ' of ' || i.principal || ' made a booking that is not there'
            AS finding
     FROM idempotency i
     WHERE i.booking_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.id = i.booking_id)",
    "SELECT 'ledger ' || h.ledger_id || ' keeps booking ' || h.booking_no
            || ' for an operation that is not there' AS finding
     FROM holds h WHERE NOT EXISTS (SELECT 1 FROM ops o WHERE o.id = h.op_id)",
    "SELECT 'ledger ' || h.ledger_id || ' keeps booking ' || h.booking_no
            || ' for an operation that was ' || o.status || ' long ago' AS finding
     FROM holds h JOIN ops o ON o.id = h.op_id
     WHERE o.status <> 'pending' AND DECIDED_LONG_AGO",
    "SELECT 'an operation of ' || o.owner || ' was confirmed, and booking ' || item.value
            || ' is not there' AS finding
     FROM ops o, EACH_BOOKING
     WHERE o.status = 'confirmed' AND o.bookings IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM bookings b WHERE b.id = BOOKING_ID)",
    "SELECT 'booking ' || b.no || ' is held, and ledger ' || b.ledger_id || ' keeps no place for it'
            AS finding
     FROM bookings b
     WHERE b.status = 'held'
       AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.ledger_id = b.ledger_id
                       AND h.booking_id = b.id AND h.role = 'new')",
    "SELECT 'booking ' || b.no || ' waits, and is not in line in ledger ' || b.ledger_id AS finding
     FROM bookings b
     WHERE b.status = 'waitlisted'
       AND NOT EXISTS (SELECT 1 FROM waiting w WHERE w.ledger_id = b.ledger_id
                       AND w.booking_id = b.id)",
    "SELECT 'number ' || w.seq || ' in line in ledger ' || w.ledger_id
            || ' is no booking that waits there' AS finding
     FROM waiting w
     WHERE NOT EXISTS (SELECT 1 FROM bookings b WHERE b.id = w.booking_id
                       AND b.ledger_id = w.ledger_id AND b.status = 'waitlisted')",
    "SELECT 'booking ' || b.no || ' is one of a series that is not there' AS finding
     FROM bookings b
     WHERE b.series_id IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM series s WHERE s.id = b.series_id)",
    "SELECT 'promo ' || p.code || ' counts ' || p.used_count || ' uses, and '
            || coalesce(r.uses, 0) || ' are written down' AS finding
     FROM promos p
     LEFT JOIN (SELECT promo_id, count(*) AS uses FROM redemptions WHERE released_at IS NULL
                GROUP BY promo_id) r ON r.promo_id = p.id
     WHERE p.used_count <> coalesce(r.uses, 0)",
    "SELECT 'promo ' || p.code || ' is used ' || r.uses || ' times by one client' AS finding
     FROM promos p
     JOIN (SELECT promo_id, client, count(*) AS uses FROM redemptions WHERE released_at IS NULL
           GROUP BY promo_id, client) r ON r.promo_id = p.id
     WHERE r.uses > CASE WHEN p.is_first_booking_only THEN 1
                         ELSE coalesce(p.limit_per_client, r.uses) END",
    "SELECT 'a promo that is not there is used' AS finding
     FROM redemptions r WHERE NOT EXISTS (SELECT 1 FROM promos p WHERE p.id = r.promo_id)",
    "SELECT 'a promo is used by booking ' || coalesce(CAST(b.no AS TEXT), 'unknown')
            || ', which is ' || coalesce(b.status, 'not there')
            || CASE WHEN r.released_at IS NULL THEN '' ELSE ', and was given back' END AS finding
     FROM redemptions r LEFT JOIN bookings b ON b.id = r.booking_id
     WHERE b.no IS NULL
        OR (r.released_at IS NULL) = (b.status IN ('cancelled', 'declined', 'expired'))",
    "SELECT 'booking ' || b.no || ' says that it uses promo ' || USE_NAME
            || ', and no such use is written down' AS finding
     FROM bookings b, EACH_USE
     WHERE b.status NOT IN ('cancelled', 'declined', 'expired')
       AND NOT EXISTS (SELECT 1 FROM redemptions r
                       WHERE r.booking_id = b.id AND r.promo_id = USE_ID)",
    "SELECT 'booking ' || b.no || ' uses a promo that its price says nothing of' AS finding
     FROM redemptions r JOIN bookings b ON b.id = r.booking_id
     WHERE NOT EXISTS (SELECT 1 FROM EACH_USE WHERE USE_ID = r.promo_id)",
];
