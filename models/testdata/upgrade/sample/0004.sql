UPDATE outbox SET message = 'msg_old1', body = '{"type":"order.paid"}' WHERE id = 1;
INSERT INTO endpoints (id, url, kind, secret, events, created_at) VALUES (1, 'https://old.example/hook', 'config', '', '', 1760000000000);
INSERT INTO deliveries (id, outbox_id, endpoint_id, state, created_at, done_at, step, tries, tried_at, status) VALUES (1, 1, 1, 'delivered', 1760000060000, 1760000062000, 1, 1, 1760000062000, 204);
INSERT INTO tries (id, delivery_id, at, took, status, answer) VALUES (1, 1, 1760000062000, 20, 204, '');
