// Package simulator is a twin of the payment gateway: a stateful http.Handler that speaks its protocol, shows a cashier
// page and a wallet page in place of the real ones, and misbehaves on demand.
//
// It verifies the merchant's RSA signatures and signs its own answers, notifications and returns, so the merchant's code
// runs on the same path as in production, without credentials and without a network. Its rules for fields are its own:
// it shares lianlian's signature, key and code tables, but none of the checks that lianlian makes before it sends.
//
// Mount it below a path of another server, or start it with net/http/httptest:
//
//   - POST {prefix}/v4/merchants/{merchant_id}/payments (guide 4.1.1)
//   - GET  {prefix}/v4/merchants/{merchant_id}/payments/{merchant_transaction_id} (guide 4.1.3)
//   - POST {prefix}/v3/merchants/{merchant_id}/payments/{merchant_transaction_id}/refunds and …/cancelpay, and
//     GET {prefix}/v3/merchants/{merchant_id}/refunds/{merchant_transaction_id}: the sibling v3 API's, not in the guide, in the shape
//     that is known of them; below /v4 too
//   - GET  {prefix}/pay/{token}, where payment_url leads: the page on which the buyer pays, fails or cancels
//   - GET  {prefix}/, an overview of payments and the form for [Scenario]
//
// # Not imitated
//
// Cards, subscriptions, shipments and their codes (except that [Provocations] returns each code);
// chargebacks at the API (only their state, by [Simulator.SetStatus]); settlement batches, fees and real exchange rates
// (the rates of [SettlementRates] never move); lists of permitted addresses; rate limits; checks of the clock; TLS;
// more than one merchant. Nor does it refuse a wallet that the real gateway would refuse
// for a currency or a browser. What it forgets: the oldest of 10,000 payments and, when it ends, messages and, without
// Options.StateFile, everything else.
//
// Everything in it can be read and changed by anybody who can reach it: it belongs on a developer's machine or in a
// demonstration, with invented customers.
package simulator
