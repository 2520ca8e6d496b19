package config

import (
	"fmt"
	"net/mail"
	"strings"

	"lianlian-checkout/models"
)

// Mail is the server that e-mails to buyers go through. Without a host none are sent.
type Mail struct {
	Host     string `yaml:"host"`
	Port     int    `yaml:"port"` // 0: 587 with starttls, 465 with tls, 25 with none
	Username string `yaml:"username"`
	Password Secret `yaml:"password"`
	From     string `yaml:"from"` // the sender's address
	TLS      string `yaml:"tls"`  // starttls (the default), tls, or none, which only a server on this machine may have
}

// ExtraField is a question of the merchant's own on the checkout form. Without a label there is none.
type ExtraField struct {
	Label     models.Text `yaml:"label"`
	Hint      models.Text `yaml:"hint"`
	Required  bool        `yaml:"required"`
	MaxLength int         `yaml:"max_length"` // characters. Defaults to 200
}

var ciphers = []string{"starttls", "tls", "none"}

func (f *faults) checkMail(m Mail) {
	f.among("mail.tls", m.TLS, ciphers)
	if m.Port < 0 || m.Port > 65535 {
		f.add("mail.port", fmt.Sprintf("%d is not a port", m.Port), "use 1 to 65535, or 0 for the usual one")
	}
	if m.Host == "" {
		for _, k := range []struct {
			key string
			set bool
		}{{"mail.username", m.Username != ""}, {"mail.password", m.Password.IsSet()}, {"mail.from", m.From != ""}} {
			if k.set {
				f.add("mail.host", "is missing beside "+k.key, "set the mail server's name, or leave all of mail out")
				break
			}
		}
		return
	}
	if strings.ContainsAny(m.Host, "/:@ ") && !strings.Contains(m.Host, "::") {
		f.add("mail.host", shown(m.Host)+" is not a host's name", "use one like smtp.example.com; the port has its own key")
	}
	if a, err := mail.ParseAddress(m.From); err != nil || a.Address != m.From {
		f.add("mail.from", "is not an e-mail address", "set the sender's address, like shop@example.com, without a name")
	}
	if m.TLS == "none" && !loopback(m.Host) {
		f.add("mail.tls", "sends e-mails and the password in clear", "use starttls or tls; none is only for a server on loopback")
	}
	if (m.Username != "") != m.Password.IsSet() {
		f.add("mail.password", "and mail.username don't go without each other", "set both, or neither")
	}
}

func (f *faults) checkExtraField(e ExtraField) {
	const key = "checkout.extra_field"
	f.text(key+".label", e.Label, false, 64)
	f.text(key+".hint", e.Hint, false, 128)
	if e.MaxLength < 1 || e.MaxLength > 500 {
		f.add(key+".max_length", fmt.Sprintf("%d is out of range", e.MaxLength), "use 1 to 500 characters")
	}
	if e.Label.In("en") == "" && (e.Required || e.Hint.In("en") != "") {
		f.add(key+".label", "is missing", "say what the field asks for, or leave all of extra_field out")
	}
}
