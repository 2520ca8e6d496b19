INSERT INTO users (id, name, role, password_hash, created_at) VALUES (1, 'mei@old.example', 'staff', '$argon2id$v=19$m=4096,t=1,p=1$b2xkb2xkb2xkb2xkb2xkbw$b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xkb2w', 1760000600000);
INSERT INTO audit (id, at, name, action, object, network) VALUES (1, 1760000610000, 'mei@old.example', 'session.begun', '', '203.0.113.0/24');
INSERT INTO api_keys (id, name, hash, created_at) VALUES (1, 'old site', 'b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184', 1760000620000);
