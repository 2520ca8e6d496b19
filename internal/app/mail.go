package app

import (
	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/config"
	"lianlian-checkout/internal/mailer"
)

// e-mails is who sends them, or nil when no mail server is configured.
func emails(conf *config.Config) (checkout.Mailer, error) {
	if conf.Mail.Host == "" {
		return nil, nil
	}
	return mailer.New(mailer.Options{
		Host: conf.Mail.Host, Port: conf.Mail.Port, Username: conf.Mail.Username, Password: conf.Mail.Password.Value(), TLS: conf.Mail.TLS,
		From: conf.Mail.From, FromName: conf.Shop.Name.In(conf.Shop.Locale), ReplyTo: conf.Shop.SupportEmail,
	})
}
