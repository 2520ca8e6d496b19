package config

import (
	"strings"
)

// keys replaces paths to key files by the files' texts and finds swapped keys. What a key is worth is judged by who uses it.
func (f *faults) keys(c *Config, readFile ReadFile) {
	for _, k := range []struct {
		key   string
		value *Secret
		wrong string // what a swapped key's PEM says
		whose string
	}{
		{"lianlian.private_key", &c.LianLian.PrivateKey, "PUBLIC KEY-----", "the merchant's private key; LianLian's public key belongs to lianlian.public_key"},
		{"lianlian.public_key", &c.LianLian.PublicKey, "PRIVATE KEY-----", "LianLian's public key; the merchant's private key belongs to lianlian.private_key"},
		{"simulator.merchant_key", &c.Simulator.MerchantKey, "PRIVATE KEY-----", "the merchant's public key; the simulator has no use for the private one"},
	} {
		text := strings.TrimSpace(k.value.Value())
		if text == "" {
			*k.value = Secret{}
			continue
		}
		file := ""
		if !isKeyText(text) {
			read, problem, remedy := readText(readFile, text)
			if problem != "" {
				f.add(k.key, "is neither a key nor a path to one: it "+problem, remedy)
				continue
			}
			text, file = strings.TrimSpace(read), text
		}
		if strings.Contains(text, k.wrong) {
			f.add(k.key, "holds the other half of a key pair", "use "+k.whose)
			continue
		}
		*k.value = NewSecret(text)
		k.value.file = file
	}
}

// isKeyText tells a key from a path. A bare key is base64 of DER, which begins with M and is never short.
func isKeyText(s string) bool {
	if strings.Contains(s, "-----BEGIN") || strings.ContainsAny(s, "\r\n") {
		return true
	}
	return len(s) >= 100 && s[0] == 'M' && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == ""
}
