package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// kind is the form of a node.
type kind int

const (
	empty kind = iota // nothing, or null: the default stays
	scalar
	list
	mapping
	unsupported // an anchor, alias, tag or merge key
)

// node is a value as it was written, of YAML or JSON.
type node struct {
	kind   kind
	line   int    // 0 if it has none
	text   string // of a scalar, as written, unquoted
	list   []node
	fields []field
}

type field struct {
	key   string
	line  int
	value node
}

// readYAML reads one document. The library's own messages quote the lines around a fault, which may
// hold secrets; so only its bare message is passed on, and only where it quotes nothing.
func readYAML(data []byte) (node, *Fault) {
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		f := Fault{Key: "configuration", Problem: "is not valid YAML", Remedy: "check the indentation, colons and quotes there"}
		var y yaml.Error
		if errors.As(err, &y) {
			if t := y.GetToken(); t != nil && t.Position != nil {
				f.Where = fmt.Sprintf("line %d", t.Position.Line)
			}
			if m := y.GetMessage(); m != "" && !strings.ContainsAny(m, "\"`\n") {
				f.Problem += ": " + m
			}
		}
		return node{}, &f
	}
	var doc node
	for _, d := range file.Docs {
		n := fromYAML(d.Body)
		if n.kind == empty {
			continue
		}
		if doc.kind != empty {
			return node{}, &Fault{Key: "configuration", Where: fmt.Sprintf("line %d", n.line), Problem: "is a second document", Remedy: "keep one document, without --- lines"}
		}
		doc = n
	}
	return doc, nil
}

func fromYAML(n ast.Node) node {
	if n == nil {
		return node{}
	}
	out := node{kind: scalar}
	if t := n.GetToken(); t != nil {
		out.text = t.Value
		if t.Position != nil {
			out.line = t.Position.Line
		}
	}
	switch n := n.(type) {
	case *ast.NullNode, *ast.CommentGroupNode:
		out.kind = empty
	case *ast.StringNode:
		out.text = n.Value
	case *ast.LiteralNode:
		out.text = ""
		if n.Value != nil {
			out.text = n.Value.Value
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
	case *ast.SequenceNode:
		out.kind = list
		for _, v := range n.Values {
			out.list = append(out.list, fromYAML(v))
		}
	case *ast.MappingNode:
		out.kind = mapping
		for _, v := range n.Values {
			out.fields = append(out.fields, fieldOf(v))
		}
	case *ast.MappingValueNode:
		out.kind = mapping
		out.fields = []field{fieldOf(n)}
	default:
		out.kind = unsupported
	}
	return out
}

func fieldOf(v *ast.MappingValueNode) field {
	f := field{value: fromYAML(v.Value)}
	if v.Key.IsMergeKey() {
		f.value.kind = unsupported
	}
	if t := v.Key.GetToken(); t != nil {
		f.key = t.Value
		if t.Position != nil {
			f.line = t.Position.Line
		}
	}
	return f
}

var errJSON = errors.New("not JSON")

// readJSON reads one JSON value.
func readJSON(text string) (node, error) {
	if !json.Valid([]byte(text)) {
		return node{}, errJSON
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	return fromJSON(dec)
}

func fromJSON(dec *json.Decoder) (node, error) {
	t, err := dec.Token()
	if err != nil {
		return node{}, errJSON
	}
	switch t := t.(type) {
	case nil:
		return node{}, nil
	case json.Delim:
		n := node{kind: mapping}
		if t == '[' {
			n.kind = list
		}
		for dec.More() {
			var key any
			if n.kind == mapping {
				if key, err = dec.Token(); err != nil {
					return node{}, errJSON
				}
			}
			v, err := fromJSON(dec)
			if err != nil {
				return node{}, err
			}
			if n.kind == mapping {
				n.fields = append(n.fields, field{key: fmt.Sprint(key), value: v})
			} else {
				n.list = append(n.list, v)
			}
		}
		if _, err := dec.Token(); err != nil {
			return node{}, errJSON
		}
		return n, nil
	default:
		return node{kind: scalar, text: fmt.Sprint(t)}, nil
	}
}
