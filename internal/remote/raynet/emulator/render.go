package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// detail shows one record as GET /{entity}/{id}/ does.
func (s *Server) detail(r *row, f face) map[string]any {
	out := s.common(r, f)
	switch {
	case r.kind.isActivity():
		s.activityDetail(r, out, f)
	case r.kind == kindPerson:
		s.personDetail(r, out)
	case r.kind == kindCompany:
		s.companyDetail(r, out)
	case r.kind == kindUserAccount:
		s.accountDetail(r, out)
	}
	return out
}

// listRow shows one record as GET /{entity}/ does.
func (s *Server) listRow(r *row, f face) map[string]any {
	if r.kind.isCodeList() {
		return s.codeRow(r)
	}
	out := s.common(r, f)
	out["_version"] = r.version
	switch {
	case r.kind.isActivity():
		s.activityRow(r, out, f)
	case r.kind == kindPerson:
		s.personRow(r, out)
	case r.kind == kindCompany:
		s.companyRow(r, out)
	case r.kind == kindUserAccount:
		s.accountRow(r, out)
	}
	return out
}

// common is what list rows and details share: the fields, the stamps, the tags.
func (s *Server) common(r *row, f face) map[string]any {
	out := stamps(r, f)
	out["id"] = r.id
	if r.kind == kindUserAccount {
		return out
	}
	for _, spec := range s.fields(r.kind) {
		out[spec.key] = s.show(r, spec, f)
	}
	out["tags"] = append([]string{}, r.tags...)
	return out
}

// stamps are the flattened rowInfo keys.
func stamps(r *row, f face) map[string]any {
	out := map[string]any{
		"rowInfo.createdAt": f.at(r.createdAt), "rowInfo.createdBy": r.createdBy,
		"rowInfo.updatedAt": f.at(r.updatedAt), "rowInfo.updatedBy": nil,
		"rowInfo.rowAccess": nil, "rowInfo.rowState": nil,
	}
	if r.updatedBy != "" {
		out["rowInfo.updatedBy"] = r.updatedBy
	}
	if r.invalid {
		out["rowInfo.rowAccess"] = "INVALID"
	}
	if r.locked {
		out["rowInfo.rowState"] = "LOCKED"
	}
	return out
}

func (s *Server) fields(k kind) []field {
	if s.rows.fields == nil {
		s.rows.fields = map[kind][]field{}
	}
	specs, ok := s.rows.fields[k]
	if !ok {
		specs = fieldsOf(k)
		s.rows.fields[k] = specs
	}
	return specs
}

func (s *Server) show(r *row, spec field, f face) any {
	value, ok := r.attrs[spec.key]
	switch spec.typ {
	case typeMoment:
		return f.at(r.moment(spec.key))
	case typeBool:
		truth, _ := value.(bool)
		return truth
	case typeRef:
		if id, _ := value.(int64); ok {
			return s.refer(spec, id)
		}
		return nil
	case typeObject:
		if spec.key == "recurrence" && !ok {
			return nil
		}
		return showObject(value, spec.keys)
	case typeFree:
		shown := map[string]any{}
		if object, ok := value.(map[string]any); ok {
			maps.Copy(shown, object)
		}
		return shown
	default:
		return value
	}
}

// showObject fills in the keys that are empty, and the country's name for its code.
func showObject(value any, keys []string) map[string]any {
	object, _ := value.(map[string]any)
	out := make(map[string]any, len(keys)+1)
	for _, key := range keys {
		out[key] = object[key]
	}
	if slices.Contains(keys, "doNotSendMM") && out["doNotSendMM"] == nil {
		out["doNotSendMM"] = false
	}
	if slices.Contains(keys, "country") {
		code, _ := object["country"].(string)
		out["country"], out["countryCode"] = country(code)
	}
	return out
}

// country is the Czech name of a country and its code. The code list is RAYNET's own; the neighbours are enough here.
func country(code string) (name, short any) {
	if code == "" {
		return nil, nil
	}
	code = strings.ToUpper(code)
	names := map[string]string{
		"CZ": "Česká republika", "SK": "Slovensko", "PL": "Polsko", "DE": "Německo", "AT": "Rakousko",
		"HU": "Maďarsko", "GB": "Velká Británie", "US": "Spojené státy",
	}
	if known, ok := names[code]; ok {
		return known, code
	}
	return code, code
}

func (s *Server) refer(spec field, id int64) map[string]any {
	out := map[string]any{"id": id}
	switch spec.shape {
	case shapeName:
		out["name"] = s.nameOf(spec.target, id)
	case shapeFullName:
		out["fullName"] = s.nameOf(spec.target, id)
	case shapeValue:
		out["value"] = fmt.Sprintf("%s %d", spec.key, id)
		if spec.target != "" {
			out["value"] = s.nameOf(spec.target, id)
		}
	case shapeTitle:
		out["title"] = s.activityTitle(id)
	case shapeCode:
		out["code"], out["name"] = fmt.Sprintf("OP-26-%03d", id), fmt.Sprintf("%s %d", spec.key, id)
	case shapeLead:
		out["code"], out["topic"] = fmt.Sprintf("L-26-%03d", id), fmt.Sprintf("Lead %d", id)
	}
	return out
}

// nameOf is what a record is called where others point at it.
func (s *Server) nameOf(k kind, id int64) string {
	r := s.rows.get(k, id)
	if r == nil {
		return ""
	}
	switch k {
	case kindPerson:
		return strings.TrimSpace(r.text("firstName") + " " + r.text("lastName"))
	case kindActivityCategory, kindTelType:
		return r.text("code01")
	default:
		return r.text("name")
	}
}

func (s *Server) activityTitle(id int64) any {
	for _, k := range activityKinds() {
		if r := s.rows.get(k, id); r != nil {
			return r.text("title")
		}
	}
	return nil
}

func activityKinds() []kind {
	return []kind{kindTask, kindMeeting, kindEvent, kindPhoneCall, kindEmail, kindLetter}
}

func (s *Server) activityRow(r *row, out map[string]any, f face) {
	s.activityCommon(r, out, f, false)
	delete(out, "deadline")
	out["person"] = nil
	if id := r.ref("person"); id != 0 {
		out["person"] = map[string]any{"id": id, "name": s.nameOf(kindPerson, id)}
	}
	if r.kind == kindMeeting || r.kind == kindEvent {
		out["companyAddress"] = s.companyPlace(r.ref("company"))
	}
}

func (s *Server) activityDetail(r *row, out map[string]any, f face) {
	s.activityCommon(r, out, f, true)
	out["owner"] = nil
	if owner := r.owner(); owner != nil {
		out["owner"] = map[string]any{"id": owner.person, "fullName": s.nameOf(kindPerson, owner.person)}
	}
	out["extIds"] = extIDs(r)
	if s.switches.DetailVersion {
		out["_version"] = r.version
	}
}

func (s *Server) activityCommon(r *row, out map[string]any, f face, ids bool) {
	out["status"] = r.text("status")
	out["completed"] = f.at(r.moment("completed"))
	personal, _ := r.attrs["personal"].(bool)
	out["personal"] = personal
	shown := make([]map[string]any, 0, len(r.participants))
	for _, p := range r.participants {
		shown = append(shown, s.showParticipant(r.kind, p, ids))
	}
	out["participants"] = shown
}

func (s *Server) showParticipant(k kind, p participant, ids bool) map[string]any {
	number := func(id int64) any {
		if id == 0 {
			return nil
		}
		return id
	}
	out := map[string]any{
		"owner": p.owner, "role": nil, "name": s.nameOf(kindPerson, p.person),
		"person": number(p.person), "company": number(p.company), "lead": number(p.lead),
	}
	switch {
	case p.company != 0 && p.person == 0:
		out["name"] = s.nameOf(kindCompany, p.company)
	case p.lead != 0 && p.person == 0:
		out["name"] = fmt.Sprintf("Lead %d", p.lead)
	}
	if p.role != "" {
		out["role"] = p.role
	}
	if k == kindEmail {
		out["email"] = p.email
	}
	if ids {
		out["id"] = p.id
	}
	return out
}

func extIDs(r *row) any {
	if len(r.extIDs) == 0 {
		return nil
	}
	return slices.Clone(r.extIDs)
}

func (s *Server) codeRow(r *row) map[string]any {
	if r.kind == kindSecurityLevel {
		locked, _ := r.attrs["locked"].(bool)
		return map[string]any{"id": r.id, "name": r.text("name"), "locked": locked}
	}
	out := map[string]any{"id": r.id, "code01": r.text("code01")}
	if r.kind == kindActivityCategory {
		out["code02"] = r.attrs["code02"]
	}
	return out
}
