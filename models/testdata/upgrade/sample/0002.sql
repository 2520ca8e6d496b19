INSERT INTO mails (id, fact, order_id, kind, created_at, next_at, tries, sent_at) VALUES (1, '1:paid', 1, 'receipt', 1760000060000, 0, 1, 1760000061000);
