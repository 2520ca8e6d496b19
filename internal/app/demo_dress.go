package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/config"
)

const mostDemoProducts = 12

// yaml is the demonstration's configuration: the file that --config names, else the one that is built in.
func (c demoCommand) yaml(p *Process, cli *commands) ([]byte, error) {
	if cli.Config == "" {
		return p.Shipped, nil
	}
	return os.ReadFile(cli.Config)
}

// dress is what the command line says of the prospect.
func (c demoCommand) dress() (checkout.Dress, error) {
	if c.Logo == "" {
		return checkout.Dress{}, nil
	}
	picture, err := os.ReadFile(c.Logo)
	if err != nil {
		return checkout.Dress{}, fmt.Errorf("--logo: %w", err)
	}
	logo, err := checkout.DemoLogo(picture)
	if err != nil {
		return checkout.Dress{}, fmt.Errorf("--logo %s: %w", c.Logo, err)
	}
	return checkout.Dress{Logo: logo}, nil
}

// configure reads yaml in the dress. Whatever would lead away from this machine is left out: the gateway is the simulator, and there are no
// webhooks, e-mails, traces, embedding sites or pictures from elsewhere. A file without products has the sample shop's.
func configure(yaml, shipped []byte, d checkout.Dress, database, password string) (*config.Config, error) {
	set := []string{"CHECKOUT_LIANLIAN_MODE=" + config.ModeSimulator, "CHECKOUT_RECONCILE_INTERVAL=2s"}
	if d.Name != "" {
		set = append(set, "CHECKOUT_SHOP_NAME="+d.Name)
	}
	if d.Accent != "" {
		set = append(set, "CHECKOUT_SHOP_ACCENT="+d.Accent)
	}
	if len(d.Products) > 0 {
		products, err := demoProducts(d.Products)
		if err != nil {
			return nil, err
		}
		set = append(set, "CHECKOUT_SHOP_PRODUCTS="+products, "CHECKOUT_SHOP_DISCOUNTS=[]")
	}
	conf, err := config.Parse(yaml, set)
	if err != nil {
		return nil, plainly(err)
	}
	if len(conf.Shop.Shelf) == 0 {
		sample, err := config.Parse(shipped, nil)
		if err != nil {
			return nil, err
		}
		conf.Shop.Shelf = sample.Shop.Shelf
	}
	for i := range conf.Shop.Shelf {
		if strings.Contains(conf.Shop.Shelf[i].Image, "://") {
			conf.Shop.Shelf[i].Image = ""
		}
	}
	if strings.Contains(conf.Shop.Logo, "://") || d.Name != "" && d.Logo == "" {
		conf.Shop.Logo = ""
	}
	plain := config.Default()
	conf.Database, conf.Webhooks, conf.Mail, conf.Metrics, conf.Tracing, conf.Embed, conf.API, conf.Keep = plain.Database, plain.Webhooks, plain.Mail, plain.Metrics, plain.Tracing, plain.Embed, plain.API, plain.Keep
	conf.LianLian.BaseURL, conf.Simulator.StateFile, conf.Server.TrustedProxies, conf.Clock = "", "", nil, plain.Clock
	conf.Database.DSN = config.NewDSN(filepath.ToSlash(database))
	conf.Admin = config.Admin{Username: "admin", Password: config.NewSecret(password)}
	return conf, nil
}

// demoProducts makes the configuration's products of lines like "Harbour mug: 128.00".
func demoProducts(lines []string) (string, error) {
	if len(lines) > mostDemoProducts {
		return "", fmt.Errorf("products: at most %d", mostDemoProducts)
	}
	type product struct {
		Slug  string `json:"slug"`
		SKU   string `json:"sku"`
		Name  string `json:"name"`
		Price string `json:"price"`
	}
	list := make([]product, len(lines))
	for i, line := range lines {
		line = strings.ReplaceAll(line, "：", ":")
		at := strings.LastIndexByte(line, ':')
		if at < 1 || strings.TrimSpace(line[at+1:]) == "" {
			return "", fmt.Errorf("product %d: write it like “Harbour mug: 128.00”, not %q", i+1, line)
		}
		id := fmt.Sprintf("demo-%d", i+1)
		list[i] = product{id, id, strings.TrimSpace(line[:at]), strings.TrimSpace(line[at+1:])}
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// plainly names keys as the form does.
func plainly(err error) error {
	text := err.Error()
	for variable, name := range map[string]string{"CHECKOUT_SHOP_PRODUCTS": "products", "CHECKOUT_SHOP_ACCENT": "colour", "CHECKOUT_SHOP_NAME": "name"} {
		text = strings.ReplaceAll(text, variable, name)
	}
	return errors.New(text)
}
