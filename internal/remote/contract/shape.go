package contract

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/go-json-experiment/json"
)

// explain turns the validator's error tree into findings with fields.
func explain(err error, name string, part Part) []*Violation {
	var many openapi3.MultiError
	if errors.As(err, &many) && len(many) > 0 {
		var out []*Violation
		for _, one := range many {
			out = append(out, explain(one, name, part)...)
		}
		return out
	}
	if asked, ok := err.(*openapi3filter.RequestError); ok && asked.Parameter != nil {
		return []*Violation{{name, Part(asked.Parameter.In), asked.Parameter.Name, firstLine(err)}}
	}
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		return []*Violation{{name, part, dotted(schema.JSONPointer()), schema.Reason}}
	}
	return []*Violation{{name, part, "", firstLine(err)}}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// dotted writes a JSON pointer as a field: indexes become [].
func dotted(pointer []string) string {
	var out strings.Builder
	for _, part := range pointer {
		switch {
		case part != "" && strings.Trim(part, "0123456789") == "":
			out.WriteString("[]")
		case out.Len() == 0:
			out.WriteString(part)
		default:
			out.WriteString("." + part)
		}
	}
	return out.String()
}

func schemaOf(content openapi3.Content) *openapi3.SchemaRef {
	if media := content.Get("application/json"); media != nil {
		return media.Schema
	}
	return nil
}

// unknownKeys finds object keys that no schema mentions, since plain OpenAPI lets every object be open. Annotations
// (a key with an @) and objects without any described key stay open.
func unknownKeys(body []byte, schema *openapi3.SchemaRef, name string, part Part) []*Violation {
	var value any
	if schema == nil || json.Unmarshal(body, &value) != nil {
		return nil
	}
	var out []*Violation
	walk(value, []*openapi3.SchemaRef{schema}, "", func(field string) {
		out = append(out, &Violation{name, part, field, "the document has no such key"})
	})
	return out
}

func walk(value any, schemas []*openapi3.SchemaRef, at string, report func(string)) {
	flat := flatten(schemas, nil)
	switch value := value.(type) {
	case []any:
		var items []*openapi3.SchemaRef
		for _, schema := range flat {
			if schema.Items != nil {
				items = append(items, schema.Items)
			}
		}
		for _, item := range value {
			walk(item, items, at+"[]", report)
		}
	case map[string]any:
		known := map[string][]*openapi3.SchemaRef{}
		open := false
		for _, schema := range flat {
			for key, property := range schema.Properties {
				known[key] = append(known[key], property)
			}
			if allowed := schema.AdditionalProperties.Has; allowed != nil && *allowed {
				open = true
			}
			open = open || schema.AdditionalProperties.Schema != nil
		}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			properties, mentioned := known[key]
			switch {
			case mentioned:
				walk(value[key], properties, join(at, key), report)
			case len(known) > 0 && !open && !strings.Contains(key, "@"):
				report(join(at, key))
			}
		}
	}
}

func join(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

// flatten collects the schemas that together describe one value.
func flatten(schemas []*openapi3.SchemaRef, seen []*openapi3.Schema) []*openapi3.Schema {
	for _, reference := range schemas {
		if reference == nil || reference.Value == nil || slices.Contains(seen, reference.Value) {
			continue
		}
		schema := reference.Value
		seen = append(seen, schema)
		for _, group := range []openapi3.SchemaRefs{schema.AllOf, schema.AnyOf, schema.OneOf} {
			seen = flatten(group, seen)
		}
	}
	return seen
}

// compareExample holds an answer against the document's example: same keys at every level, same kinds of values; null
// fits everything, an empty list fits every list, and the freely named keys of customFields are left alone.
func compareExample(answer []byte, example any, name string) []*Violation {
	var value any
	if err := json.Unmarshal(answer, &value); err != nil {
		return []*Violation{{name, PartAnswer, "", "not JSON: " + err.Error()}}
	}
	var out []*Violation
	alike(value, example, "", func(field, reason string) {
		for _, earlier := range out {
			if earlier.Field == field {
				return
			}
		}
		out = append(out, &Violation{name, PartAnswer, field, reason})
	})
	return out
}

func alike(value, example any, at string, report func(field, reason string)) {
	if value == nil || example == nil || at == "success" || strings.HasSuffix(at, "customFields") {
		return
	}
	switch example := example.(type) {
	case map[string]any:
		object, ok := value.(map[string]any)
		if !ok {
			report(at, fmt.Sprintf("the example has an object, got %T", value))
			return
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			if _, ok := example[key]; !ok {
				report(join(at, key), "the example has no such key")
				continue
			}
			alike(object[key], example[key], join(at, key), report)
		}
		for _, key := range slices.Sorted(maps.Keys(example)) {
			if _, ok := object[key]; !ok {
				report(join(at, key), "missing; the example has it")
			}
		}
	case []any:
		list, ok := value.([]any)
		if !ok {
			report(at, fmt.Sprintf("the example has a list, got %T", value))
			return
		}
		for _, item := range list {
			if len(example) > 0 {
				alike(item, example[0], at+"[]", report)
			}
		}
	default:
		if fmt.Sprintf("%T", value) != fmt.Sprintf("%T", example) {
			report(at, fmt.Sprintf("the example has a %T, got %T", example, value))
		}
	}
}
