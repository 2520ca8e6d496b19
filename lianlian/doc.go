// Package lianlian speaks the language of the LianLian Pay global gateway (guide 2.7.0): it creates and
// queries wallet payments, and reads the notifications and returns that follow. It uses the standard library
// only.
//
// Keys come from ParsePrivateKey (the merchant's) and ParsePublicKey (LianLian's); Signer and Verifier make and
// check the signatures of guide 2.2. A payment goes like this:
//
//	client := &lianlian.Client{
//		BaseURL: lianlian.TestURL, MerchantID: merchantID,
//		Signer: lianlian.NewSigner(private), Verifier: lianlian.NewVerifier(public),
//	}
//	payment, err := client.CreatePayment(ctx, request) // send the buyer to payment.PaymentURL
//	…
//	n, err := lianlian.ParseNotification(verifier, signature, body, nil) // at notification_url
//	…
//	state, err := client.QueryPayment(ctx, request.MerchantTransactionID) // at any time
//
// # What may be believed
//
// A signature covers a string that many messages share, so this package reads no field that the signature
// doesn't pin down: see ParseNotification. An error that matches ErrOutcomeUnknown is not a failure: the payment
// may exist. What the buyer's browser brings (ParseReturn) proves nothing about money.
//
// # Money and time
//
// Amount is hundredths, for every currency. Times go out as milliseconds or as yyyyMMddHHmmss (TimestampForm) and
// come in as either or as seconds, told apart by their length; in Go they are UTC.
//
// The tables of guide 5.1 and 5.3 (states of a payment, countries, currencies, states, return and decline codes)
// are here as constants and lists.
package lianlian
