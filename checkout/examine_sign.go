package checkout

import (
	"lianlian-checkout/handlers"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

// CheckSignature tells why a message's signature matches or doesn't. expected is the string that the other side says it signed, or empty.
func (c *Checkout) CheckSignature(body, signature, expected string) models.SignCheck {
	return CheckSignature(c.o.Client, body, signature, expected)
}

// CheckSignature is Checkout.CheckSignature for a client alone.
func CheckSignature(client *lianlian.Client, body, signature, expected string) models.SignCheck {
	d := lianlian.Diagnose([]byte(body), signature, expected, client.Verifier.Key(), client.Signer.PublicKey())
	s := models.SignCheck{Finding: string(d.Finding), Signing: d.Signing, Lean: d.Lean, Expected: expected, DiffersAt: d.DiffersAt}
	if d.Body != nil {
		s.Why = d.Body.Error()
	}
	return s
}

// DescribeSignature words what was found in a language of the pages.
func DescribeSignature(s models.SignCheck, language string) string {
	return handlers.DescribeSignature(s, language)
}
