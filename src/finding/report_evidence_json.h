/* report_evidence_json: the evidence of a finding as JSON, alike in every JSON-based report. */
#ifndef TOBAN_FINDING_REPORT_EVIDENCE_JSON_H
#define TOBAN_FINDING_REPORT_EVIDENCE_JSON_H

#include "base/jsonw.h"
#include "finding/finding.h"

/* In an object: the key "evidence" with its array of {source, detail, seen}. */
void report_evidence_json(struct jsonw *w, const struct finding *f);

#endif
