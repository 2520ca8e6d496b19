package config

import (
	"reflect"
	"strings"
)

// prefix begins every environment variable of ours.
const prefix = "CHECKOUT_"

// setting is one key of the configuration, a leaf of Config.
type setting struct {
	key    string // shop.name
	env    string // CHECKOUT_SHOP_NAME
	value  reflect.Value
	secret bool // holds a secret, so its variable has a twin with _FILE
}

// settings lists every key of c, in order of Config's fields.
func settings(c *Config) []setting {
	var out []setting
	var walk func(v reflect.Value, key string)
	walk = func(v reflect.Value, key string) {
		if v.Kind() != reflect.Struct || reflect.PointerTo(v.Type()).Implements(setterType) {
			env := prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
			out = append(out, setting{key, env, v, holdsSecret(v.Type())})
			return
		}
		for i := range v.NumField() {
			walk(v.Field(i), join(key, v.Type().Field(i).Tag.Get("yaml")))
		}
	}
	walk(reflect.ValueOf(c).Elem(), "")
	return out
}

func holdsSecret(t reflect.Type) bool {
	switch {
	case t == secretType || t == dsnType:
		return true
	case t.Kind() == reflect.Slice:
		return holdsSecret(t.Elem())
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if holdsSecret(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// environment overrides c with the CHECKOUT_ variables among environ, entries like "NAME=value".
func (f *faults) environment(c *Config, environ []string, readFile ReadFile) {
	set := map[string]string{}
	var order []string
	for _, e := range environ {
		name, value, ok := strings.Cut(e, "=")
		if !ok || !strings.HasPrefix(name, prefix) || value == "" {
			continue
		}
		if _, again := set[name]; !again {
			order = append(order, name)
		}
		set[name] = value
	}
	known := map[string]bool{}
	var names []string
	for _, s := range settings(c) {
		known[s.env] = true
		names = append(names, s.env)
		value, inline := set[s.env]
		from := s.env
		if s.secret {
			known[s.env+"_FILE"] = true
			if path, ok := set[s.env+"_FILE"]; ok {
				from += "_FILE"
				if inline {
					f.list = append(f.list, Fault{Key: from, Problem: "is set beside " + s.env, Remedy: "keep one of them"})
					continue
				}
				text, problem, remedy := readText(readFile, path)
				if problem != "" {
					f.list = append(f.list, Fault{Key: from, Problem: problem, Remedy: remedy})
					continue
				}
				value = strings.TrimRight(text, "\r\n")
			}
		}
		if value != "" {
			f.variable(s, value, from)
		}
	}
	for _, name := range order {
		if known[name] {
			continue
		}
		fault := Fault{Key: name, Problem: "is not a known variable", Remedy: "unset it, or use " + prefix + " and a key's path in capitals"}
		if key, isFile := strings.CutSuffix(name, "_FILE"); isFile && known[key] {
			fault.Problem, fault.Remedy = "reads a file, which only secrets can", "use "+key
		} else if n := nearest(name, names); n != "" {
			fault.Remedy = "did you mean " + n + "?"
		}
		f.list = append(f.list, fault)
	}
}

// variable lays the text of a variable onto its key.
func (f *faults) variable(s setting, text, from string) {
	n := node{kind: scalar, text: text}
	t := s.value.Type()
	isList := t.Kind() == reflect.Slice
	isText := t == textType && strings.HasPrefix(strings.TrimSpace(text), "{")
	switch {
	case isText, isList && t.Elem().Kind() == reflect.Struct && t.Elem() != secretType:
		var err error
		if n, err = readJSON(text); err != nil {
			f.where[s.key] = from
			f.add(s.key, "is not JSON", map[bool]string{true: `use a JSON object, like {"en":"…","zh-Hant":"…"}`, false: `use a JSON list of objects, like [{…}]`}[isText])
			return
		}
	case isList:
		n = node{kind: list}
		for _, item := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '\n' }) {
			if item = strings.TrimSpace(item); item != "" {
				n.list = append(n.list, node{kind: scalar, text: item})
			}
		}
	}
	f.decode(s.value, n, s.key, from)
}
