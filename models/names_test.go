package models

import "testing"

func TestSharedNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"SELECT count(*) FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.token = ?":               "SELECT count(*) FROM checkout_orders o JOIN checkout_payments p ON p.order_id = o.id WHERE o.token = ?",
		"SELECT events, orders FROM mails WHERE events = 'orders from events' ORDER BY orders":               "SELECT events, orders FROM checkout_mails WHERE events = 'orders from events' ORDER BY orders",
		"INSERT INTO events (events) VALUES (?) ON CONFLICT (events) DO UPDATE SET times = events.times + 1": "INSERT INTO checkout_events (events) VALUES (?) ON CONFLICT (events) DO UPDATE SET times = checkout_events.times + 1",
		"UPDATE `orders` SET `events`=1 WHERE `orders`.`id` = ?":                                             "UPDATE `checkout_orders` SET `events`=1 WHERE `checkout_orders`.`id` = ?",
		`SELECT * FROM "orders" WHERE "orders"."id" IN (SELECT order_id FROM payments)`:                      `SELECT * FROM "checkout_orders" WHERE "checkout_orders"."id" IN (SELECT order_id FROM checkout_payments)`,
		"CREATE INDEX orders_status ON orders (status, id); -- FROM orders\nDROP TABLE events;":              "CREATE INDEX checkout_orders_status ON checkout_orders (status, id); -- FROM orders\nDROP TABLE checkout_events;",
		"CREATE TABLE x (events TEXT, order_id INTEGER REFERENCES orders (id))":                              "CREATE TABLE x (events TEXT, order_id INTEGER REFERENCES checkout_orders (id))",
		"ALTER TABLE orders ADD COLUMN mails TEXT":                                                           "ALTER TABLE checkout_orders ADD COLUMN mails TEXT",
		"update variants set stock = 1 from theirs":                                                          "update checkout_variants set stock = 1 from theirs",
	} {
		if got := renamed(in); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}
