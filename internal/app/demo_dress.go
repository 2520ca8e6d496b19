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

// text is the demonstration's configuration: the file that --config names, else the one that is built in.
func (c demoCommand) text(p *Process, cli *commands) ([]byte, error) {
	if cli.Config == "" {
		return p.Shipped, nil
	}
	return os.ReadFile(cli.Config)
}

// logos are the one that --logo names, and the file that shop.logo names from the configuration's folder: "" without, or where that is one of
// the program's own pictures or an address.
func (c demoCommand) logos(text []byte, cli *commands) (worn, own string, err error) {
	named := config.Text(text, "shop.logo")
	switch {
	case strings.HasPrefix(named, "/static/") || strings.Contains(named, "://"):
		named = ""
	case named != "" && !filepath.IsAbs(named):
		named = filepath.Join(filepath.Dir(cli.Config), named)
	}
	if own, err = demoLogo("shop.logo", named); err == nil {
		worn, err = demoLogo("--logo", c.Logo)
	}
	return worn, own, err
}

func demoLogo(option, file string) (string, error) {
	if file == "" {
		return "", nil
	}
	picture, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("%s: %w", option, err)
	}
	logo, err := checkout.DemoLogo(picture)
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", option, file, err)
	}
	return logo, nil
}

// configure reads the configuration's shop and checkout in the dress. The rest of it, which may lead away from this machine, isn't read, and
// pictures from elsewhere are left out. A file without products has the sample shop's.
func (s *stage) configure(d checkout.Dress, database string) (*config.Config, error) {
	set := []string{"CHECKOUT_RECONCILE_INTERVAL=2s"}
	if d.Name != "" {
		set = append(set, "CHECKOUT_SHOP_NAME="+d.Name)
	}
	if s.logo != "" {
		set = append(set, "CHECKOUT_SHOP_LOGO="+config.Default().Shop.Logo) // the file's is hung out instead
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
	conf, err := config.ParseOnly(s.text, set, "shop", "checkout")
	if err != nil {
		return nil, plainly(err)
	}
	if len(conf.Shop.Shelf) == 0 {
		sample, err := config.Parse(s.shipped, nil)
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
	conf.Database.DSN = config.NewDSN(filepath.ToSlash(database))
	conf.Admin = config.Admin{Username: "admin", Password: config.NewSecret(s.password)}
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
