#pragma once
#include <stdlib.h>
#include <yaml.h>

// libyaml's events as one flat structure: unions of structures are awkward to read safely from Swift.

typedef struct {
  yaml_event_type_t kind;
  // Where it begins, both from 0; columns count characters.
  size_t line, column;
  // Of a scalar: UTF-8, valid until the next event; quoted or a block when it is not plain.
  const unsigned char *text;
  size_t length;
  int is_plain;
  int has_anchor;
  // As written, or NULL.
  const char *tag;
} gnomon_yaml_event;

typedef struct {
  yaml_parser_t parser;
  yaml_event_t event;
} gnomon_yaml;

static inline void gnomon_yaml_free(gnomon_yaml *yaml) {
  if (!yaml) return;
  yaml_event_delete(&yaml->event);
  yaml_parser_delete(&yaml->parser);
  free(yaml);
}

// The text must outlive what comes back; NULL where there is no memory.
static inline gnomon_yaml *gnomon_yaml_new(const unsigned char *text, size_t length) {
  gnomon_yaml *yaml = calloc(1, sizeof *yaml);
  if (!yaml) return NULL;
  if (!yaml_parser_initialize(&yaml->parser)) {
    free(yaml);
    return NULL;
  }
  yaml_parser_set_input_string(&yaml->parser, text, length);
  return yaml;
}

// The next event; 0 when the text is wrong, and `gnomon_yaml_problem` says how.
static inline int gnomon_yaml_next(gnomon_yaml *yaml, gnomon_yaml_event *out) {
  yaml_event_t *event = &yaml->event;
  yaml_event_delete(event);
  if (!yaml_parser_parse(&yaml->parser, event)) return 0;
  *out = (gnomon_yaml_event){
      .kind = event->type, .line = event->start_mark.line, .column = event->start_mark.column};
  switch (event->type) {
    case YAML_SCALAR_EVENT:
      out->text = event->data.scalar.value;
      out->length = event->data.scalar.length;
      out->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
      out->has_anchor = event->data.scalar.anchor != NULL;
      out->tag = (const char *)event->data.scalar.tag;
      break;
    case YAML_SEQUENCE_START_EVENT:
      out->has_anchor = event->data.sequence_start.anchor != NULL;
      out->tag = (const char *)event->data.sequence_start.tag;
      break;
    case YAML_MAPPING_START_EVENT:
      out->has_anchor = event->data.mapping_start.anchor != NULL;
      out->tag = (const char *)event->data.mapping_start.tag;
      break;
    default:
      break;
  }
  return 1;
}

typedef struct {
  yaml_error_type_t kind;
  // Both may be NULL.
  const char *context, *problem;
  // From 0. For an error of the reader only `offset` is known, in octets.
  size_t line, column, offset;
} gnomon_yaml_error;

static inline gnomon_yaml_error gnomon_yaml_problem(const gnomon_yaml *yaml) {
  const yaml_parser_t *parser = &yaml->parser;
  return (gnomon_yaml_error){
      .kind = parser->error, .context = parser->context, .problem = parser->problem,
      .line = parser->problem_mark.line, .column = parser->problem_mark.column,
      .offset = parser->problem_offset};
}
