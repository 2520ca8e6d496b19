package handlers

import (
	"encoding/csv"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"lianlian-checkout/models"
)

// csvWrite is how long a client may take for one part of a file.
const csvWrite = 60 * time.Second

// table is a CSV file on its way to a browser, part by part: it is never held whole.
type table struct {
	c *gin.Context
	w *csv.Writer
}

// newTable begins the answer: a file of the name, UTF-8 with a byte order mark, without which Excel reads Chinese as something else.
func newTable(c *gin.Context, name string, columns ...string) *table {
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	c.Header("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	c.Writer.WriteHeaderNow()
	t := &table{c, csv.NewWriter(c.Writer)}
	t.w.UseCRLF = true // RFC 4180
	if c.Request.Method != http.MethodHead {
		_, _ = c.Writer.WriteString("\uFEFF")
		_ = t.w.Write(columns)
	}
	return t
}

// row adds a line; its cells are made safe. A client that has gone is noticed by send.
func (t *table) row(cells ...string) {
	for i, cell := range cells {
		cells[i] = tableCell(cell)
	}
	_ = t.w.Write(cells)
}

// send passes on what there is, and tells whether anybody still reads.
func (t *table) send() bool {
	rc := http.NewResponseController(t.c.Writer)
	_ = rc.SetWriteDeadline(time.Now().Add(csvWrite)) // a recorder in a test has no deadlines
	t.w.Flush()
	return t.w.Error() == nil && t.c.Request.Context().Err() == nil
}

// broken ends the answer so that the browser sees that the file isn't whole.
func (t *table) broken() { panic(http.ErrAbortHandler) }

// tableCell is a text in one line that no spreadsheet runs as a formula.
func tableCell(s string) string {
	return models.SafeCell(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s))
}

var hongKong = time.FixedZone("HKT", 8*60*60)

// isoTime is a moment in Hong Kong's time, as ISO 8601 has it; empty for none.
func isoTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(hongKong).Format(time.RFC3339)
}
