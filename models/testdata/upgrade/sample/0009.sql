INSERT INTO refunds (id, order_id, payment_id, merchant_transaction_id, intent, ll_transaction_id, status, amount, currency, reason, made_by, created_at, updated_at, done_at) VALUES (1, 5, 5, 'oldrefund00000000000000000000000000000000001', 'oldintent1', '2025100900000105', 'succeeded', 1000, 'HKD', 'chipped', 'mei@old.example', 1760000700000, 1760000710000, 1760000710000);
UPDATE orders SET refund_count = 1, status = 'partially_refunded', updated_at = 1760000710000 WHERE id = 5;
UPDATE payments SET status = 'PR' WHERE id = 5;
