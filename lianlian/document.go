package lianlian

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a message. The guide's messages nest three levels.
const maxDepth = 32

type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindObject
	kindArray
)

// node is one JSON value. Members of an object are linked in signing order, elements of an array in
// their own order.
type node struct {
	key    string // member name, decoded
	text   string // string decoded; number, true, false as written
	start  int32  // span of the value in the source
	end    int32
	parent int32
	first  int32 // first child, -1 if none
	next   int32 // next sibling, -1 if none
	kind   kind
}

// document is a parsed message. nodes[0] is the outermost object.
type document struct {
	src   string
	nodes []node
}

// parseDocument reads one JSON object, strictly (RFC 8259 and more): valid UTF-8 without a byte order
// mark, nothing after the object, no name twice in an object (compared after escapes are decoded), no
// lone surrogates, at most maxDepth levels.
//
// encoding/json is not used because it silently keeps the last of two equal names, replaces broken text,
// and matches names regardless of case: three ways for one signature to cover two readings.
func parseDocument(body []byte) (*document, error) {
	if !utf8.Valid(body) {
		return nil, malformed("not valid UTF-8")
	}
	if len(body) > 1<<30 {
		return nil, malformed("too long")
	}
	src := string(body)
	p := parser{src: src}
	// Room for what the guide's messages hold; a hostile body must not reserve more than it fills.
	p.nodes = make([]node, 0, min(strings.Count(src, ":")+strings.Count(src, "{")+1, 128))
	p.space()
	if p.pos >= len(src) || src[p.pos] != '{' {
		return nil, malformed("not a JSON object")
	}
	if _, err := p.value(1); err != nil {
		return nil, err
	}
	p.space()
	if p.pos != len(src) {
		return nil, malformed("data after the object at byte %d", p.pos)
	}
	p.nodes[0].parent = -1
	return &document{src: src, nodes: p.nodes}, nil
}

type parser struct {
	src   string
	pos   int
	nodes []node
	kids  []int32 // children of the objects and arrays that are still open
}

func (p *parser) space() {
	for p.pos < len(p.src) {
		switch p.src[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) unexpected() error {
	if p.pos >= len(p.src) {
		return malformed("JSON ends too early")
	}
	return malformed("JSON broken at byte %d", p.pos)
}

func (p *parser) value(depth int) (int32, error) {
	if p.pos >= len(p.src) {
		return 0, p.unexpected()
	}
	if c := p.src[p.pos]; depth > maxDepth && (c == '{' || c == '[') {
		return 0, malformed("JSON nested deeper than %d levels", maxDepth)
	}
	id := int32(len(p.nodes))
	start := p.pos
	p.nodes = append(p.nodes, node{start: int32(start), first: -1, next: -1})
	var k kind
	var text string
	var err error
	switch c := p.src[p.pos]; {
	case c == '"':
		k = kindString
		text, err = p.str()
	case c == '{':
		k = kindObject
		err = p.object(id, depth)
	case c == '[':
		k = kindArray
		err = p.array(id, depth)
	case c == '-' || c >= '0' && c <= '9':
		k = kindNumber
		text, err = p.number()
	case strings.HasPrefix(p.src[p.pos:], "true"):
		k, text = kindBool, "true"
		p.pos += 4
	case strings.HasPrefix(p.src[p.pos:], "false"):
		k, text = kindBool, "false"
		p.pos += 5
	case strings.HasPrefix(p.src[p.pos:], "null"):
		k = kindNull
		p.pos += 4
	default:
		err = p.unexpected()
	}
	if err != nil {
		return 0, err
	}
	n := &p.nodes[id]
	n.kind, n.text, n.end = k, text, int32(p.pos)
	return id, nil
}

func (p *parser) object(id int32, depth int) error {
	base := len(p.kids)
	p.pos++ // {
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == '}' {
		p.pos++
		return nil
	}
	for {
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] != '"' {
			return p.unexpected()
		}
		key, err := p.str()
		if err != nil {
			return err
		}
		p.space()
		if p.pos >= len(p.src) || p.src[p.pos] != ':' {
			return p.unexpected()
		}
		p.pos++
		p.space()
		kid, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		p.nodes[kid].key = key
		p.kids = append(p.kids, kid)
		p.space()
		if p.pos >= len(p.src) {
			return p.unexpected()
		}
		c := p.src[p.pos]
		if c != ',' && c != '}' {
			return p.unexpected()
		}
		p.pos++
		if c == '}' {
			break
		}
	}
	kids := p.kids[base:]
	slices.SortFunc(kids, func(a, b int32) int { return compareUTF16(p.nodes[a].key, p.nodes[b].key) })
	for i := 1; i < len(kids); i++ {
		if p.nodes[kids[i-1]].key == p.nodes[kids[i]].key {
			return malformed("a name appears twice in one object")
		}
	}
	p.link(id, base)
	return nil
}

func (p *parser) array(id int32, depth int) error {
	base := len(p.kids)
	p.pos++ // [
	p.space()
	if p.pos < len(p.src) && p.src[p.pos] == ']' {
		p.pos++
		return nil
	}
	for {
		p.space()
		kid, err := p.value(depth + 1)
		if err != nil {
			return err
		}
		p.kids = append(p.kids, kid)
		p.space()
		if p.pos >= len(p.src) {
			return p.unexpected()
		}
		c := p.src[p.pos]
		if c != ',' && c != ']' {
			return p.unexpected()
		}
		p.pos++
		if c == ']' {
			p.link(id, base)
			return nil
		}
	}
}

func (p *parser) link(id int32, base int) {
	prev := int32(-1)
	for _, kid := range p.kids[base:] {
		p.nodes[kid].parent = id
		if prev < 0 {
			p.nodes[id].first = kid
		} else {
			p.nodes[prev].next = kid
		}
		prev = kid
	}
	p.kids = p.kids[:base]
}

// compareUTF16 orders two valid UTF-8 strings by their UTF-16 code units. UTF-8 bytes give the same order,
// except that characters beyond U+FFFF (lead byte F0 and up; surrogates D800–DFFF in UTF-16) come before
// U+E000–U+FFFF (lead bytes EE and EF).
func compareUTF16(a, b string) int {
	n := min(len(a), len(b))
	for i := 0; i < n; i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x >= 0xEE && y >= 0xEE && (x >= 0xF0) != (y >= 0xF0) {
			x, y = y, x
		}
		return int(x) - int(y)
	}
	return len(a) - len(b)
}

// signing builds the string that is signed (guide 2.2). lean leaves empty strings out. mask, if set,
// replaces the text of leaves.
func (d *document) signing(lean bool, mask func(id int32) (string, bool)) string {
	var b strings.Builder
	b.Grow(len(d.src))
	d.emit(&b, 0, lean, mask)
	return b.String()
}

func (d *document) emit(b *strings.Builder, id int32, lean bool, mask func(id int32) (string, bool)) {
	inObject := d.nodes[id].kind == kindObject
	for kid := d.nodes[id].first; kid >= 0; kid = d.nodes[kid].next {
		n := &d.nodes[kid]
		switch n.kind {
		case kindObject, kindArray:
			d.emit(b, kid, lean, mask)
		case kindNull:
		case kindBool, kindNumber, kindString:
			if !inObject || lean && n.kind == kindString && n.text == "" {
				continue
			}
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(n.key)
			b.WriteByte('=')
			text := n.text
			if mask != nil {
				if m, ok := mask(kid); ok {
					text = m
				}
			}
			b.WriteString(text)
		}
	}
}
