package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"lianlian-checkout/models"
)

// textSetter is a type that reads itself. It answers with what is wrong and what would be right, or with nothing.
type textSetter interface {
	setText(text string) (problem, remedy string)
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	textType     = reflect.TypeFor[models.Text]()
	setterType   = reflect.TypeFor[textSetter]()
	secretType   = reflect.TypeFor[Secret]()
	dsnType      = reflect.TypeFor[DSN]()
)

// languages are the tags that a text can be given in.
var languages = []string{"en", "zh-Hans", "zh-Hant"}

// decode lays the node onto v. What is wrong becomes a fault and leaves v as it was; from is what set the node,
// when it isn't a line.
func (f *faults) decode(v reflect.Value, n node, key, from string) {
	if n.kind == empty {
		return
	}
	switch {
	case from != "":
		f.where[key] = from
	case n.line > 0 && f.where[key] == "":
		f.where[key] = fmt.Sprintf("line %d", n.line)
	}
	if n.kind == unsupported {
		f.add(key, "is an anchor, alias, tag or merge key", "write the value out")
		return
	}
	switch t := v.Type(); {
	case reflect.PointerTo(t).Implements(setterType):
		if !f.expect(n, scalar, key) {
			return
		}
		if problem, remedy := v.Addr().Interface().(textSetter).setText(n.text); problem != "" {
			f.add(key, problem, remedy)
		}
	case t == textType:
		f.decodeText(v, n, key, from)
	case t.Kind() == reflect.Struct:
		f.decodeStruct(v, n, key, from)
	case t.Kind() == reflect.Slice:
		if !f.expect(n, list, key) {
			return
		}
		s := reflect.MakeSlice(t, len(n.list), len(n.list))
		for i, item := range n.list {
			f.decode(s.Index(i), item, fmt.Sprintf("%s[%d]", key, i), from)
		}
		v.Set(s)
	case t.Kind() == reflect.Pointer:
		p := reflect.New(t.Elem())
		f.decode(p.Elem(), n, key, from)
		v.Set(p)
	default:
		if f.expect(n, scalar, key) {
			f.decodeScalar(v, n.text, key)
		}
	}
}

func (f *faults) expect(n node, want kind, key string) bool {
	if n.kind == want {
		return true
	}
	switch want {
	case list:
		f.add(key, "is not a list", "write one item a line, each after a hyphen")
	case mapping:
		f.add(key, "is not a group of keys", "write the keys below it, indented")
	case scalar, empty, unsupported:
		f.add(key, "is not a single value", "write one value after the colon")
	}
	return false
}

func (f *faults) decodeScalar(v reflect.Value, text, key string) {
	switch {
	case v.Type() == durationType:
		d, err := time.ParseDuration(text)
		if err != nil {
			f.add(key, shown(text)+" is not a duration", "use a number with its unit, like 10s, 30m or 168h")
			return
		}
		v.SetInt(int64(d))
	case v.Kind() == reflect.String:
		v.SetString(text)
	case v.Kind() == reflect.Bool:
		if text != "true" && text != "false" {
			f.add(key, shown(text)+" is neither true nor false", "use true or false")
			return
		}
		v.SetBool(text == "true")
	default: // int and int64
		i, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			f.add(key, shown(text)+" is not a whole number", "use digits only")
			return
		}
		v.SetInt(i)
	}
}

// decodeText reads a text in several languages, or in one, which is then everybody's.
func (f *faults) decodeText(v reflect.Value, n node, key, from string) {
	if n.kind == scalar {
		v.Set(reflect.ValueOf(models.Text{"en": n.text}))
		return
	}
	if n.kind != mapping {
		f.add(key, "is not a text", "write one text, or one each for "+strings.Join(languages, ", "))
		return
	}
	text, whole := models.Text{}, true
	for _, l := range n.fields {
		at := key + "." + l.key
		if !f.known(l, at, key, languages, text[l.key] != "", from) {
			whole = false
			continue
		}
		s := ""
		f.decode(reflect.ValueOf(&s).Elem(), l.value, at, from)
		text[l.key] = s
	}
	if f.seen[key] = !whole; whole {
		v.Set(reflect.ValueOf(text))
	}
}

func (f *faults) decodeStruct(v reflect.Value, n node, key, from string) {
	if !f.expect(n, mapping, key) {
		return
	}
	byName := map[string]reflect.Value{}
	var names []string
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		byName[name] = v.Field(i)
		names = append(names, name)
	}
	done := map[string]bool{}
	for _, l := range n.fields {
		at := join(key, l.key)
		if !f.known(l, at, key, names, done[l.key], from) {
			continue
		}
		done[l.key] = true
		f.decode(byName[l.key], l.value, at, from)
	}
}

// known tells whether the key may stand here, and stands here first.
func (f *faults) known(l field, at, parent string, names []string, again bool, from string) bool {
	where := from
	if where == "" && l.line > 0 {
		where = fmt.Sprintf("line %d", l.line)
	}
	for _, name := range names {
		if name != l.key {
			continue
		}
		if again {
			f.list = append(f.list, Fault{Key: at, Where: where, Problem: "is set twice", Remedy: "keep one of them"})
			return false
		}
		f.where[at] = where
		return true
	}
	if len(l.key) > 40 {
		at = join(parent, "…")
	}
	remedy := oneOf(names)
	if n := nearest(l.key, names); n != "" {
		remedy = "did you mean " + join(parent, n) + "?"
	} else if p := elsewhere(l.key); p != "" {
		remedy = "did you mean " + p + "?"
	}
	f.list = append(f.list, Fault{Key: at, Where: where, Problem: "is not a known key", Remedy: remedy})
	return false
}

// elsewhere finds the full path of a key that was written in the wrong group.
func elsewhere(name string) string {
	for _, s := range settings(Default()) {
		if s.key == name || strings.HasSuffix(s.key, "."+name) {
			return s.key
		}
	}
	return ""
}

func join(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "." + name
}
