package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// readJSON reads the body into into, strictly: one JSON value in UTF-8, with no name twice, none that into doesn't have, and every value of its
// type. It returns the body in its canonical form (RFC 8785), which is the same for the same values.
func readJSON(c *gin.Context, into any) ([]byte, error) {
	kind, params, err := mime.ParseMediaType(c.GetHeader("Content-Type"))
	charset := params["charset"]
	if err != nil || kind != "application/json" || (charset != "" && !strings.EqualFold(charset, "utf-8")) || c.GetHeader("Content-Encoding") != "" {
		return nil, &apiProblem{status: http.StatusUnsupportedMediaType, kind: "unsupported-media-type", detail: "Send Content-Type: application/json, in UTF-8 and not compressed."}
	}
	body, err := io.ReadAll(c.Request.Body)
	if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
		return nil, err
	} else if err != nil {
		return nil, invalidRequest(http.StatusBadRequest, fault{Detail: "The body ended early."})
	}
	if err := json.Unmarshal(body, into, json.RejectUnknownMembers(true)); err != nil {
		return nil, unreadable(err)
	}
	canonical := jsontext.Value(body)
	if err := canonical.Canonicalize(); err != nil {
		return nil, unreadable(err)
	}
	return canonical, nil
}

// unreadable says where the body is wrong, and what would be right. It repeats no value.
func unreadable(err error) *apiProblem {
	var syntax *jsontext.SyntacticError
	var wrong *json.SemanticError
	switch {
	case errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName):
		return invalidRequest(http.StatusBadRequest, fault{Pointer: pointer(syntax.JSONPointer), Detail: "stands twice"})
	case errors.As(err, &syntax):
		return invalidRequest(http.StatusBadRequest, fault{Pointer: pointer(syntax.JSONPointer), Detail: fmt.Sprintf("The body isn't one JSON object: see byte %d.", syntax.ByteOffset)})
	case errors.As(err, &wrong) && errors.Is(err, json.ErrUnknownName):
		return invalidRequest(http.StatusUnprocessableEntity, fault{Pointer: pointer(wrong.JSONPointer), Detail: "is not a field that is known here"})
	case errors.As(err, &wrong):
		return invalidRequest(http.StatusUnprocessableEntity, fault{Pointer: pointer(wrong.JSONPointer), Detail: "must be " + typeInWords(wrong.GoType)})
	}
	return invalidRequest(http.StatusBadRequest, fault{Detail: "The body can't be read."})
}

// longestPointer bounds how much of a stranger's names is sent back.
const longestPointer = 200

func pointer(p jsontext.Pointer) string {
	if len(p) > longestPointer {
		return ""
	}
	return string(p)
}

func typeInWords(t reflect.Type) string {
	if t == nil {
		return "of another type"
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	words := map[reflect.Kind]string{
		reflect.Int64: "a whole number", reflect.String: "a string", reflect.Slice: "an array", reflect.Struct: "an object", reflect.Map: "an object",
	}
	return cmp.Or(words[t.Kind()], "of another type")
}
