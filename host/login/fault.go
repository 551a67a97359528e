package login

import (
	"errors"
	"fmt"
)

// Code is the stable name of a failure. It appears on pages, in problem
// documents, logs, metrics and audit events. host/web keeps the one table from
// codes to statuses and sentences.
type Code string

const (
	CodeStateMissing       Code = "state_missing"
	CodeStateUnknown       Code = "state_unknown" // no login in progress in this browser has that state
	CodeStateExpired       Code = "state_expired"
	CodeStateSpent         Code = "state_spent"
	CodeCodeMissing        Code = "code_missing"
	CodeParameterDuplicate Code = "parameter_duplicate"
	CodeParameterInvalid   Code = "parameter_invalid"
	CodeIssuerMismatch     Code = "issuer_mismatch" // the response's iss, or the provider's path, is another one's
	CodeLoginCancelled     Code = "login_cancelled" // access_denied
	CodeProviderError      Code = "provider_error"
	CodeProviderDown       Code = "provider_unavailable"
	CodeProviderTimeout    Code = "provider_timeout"
	CodeProviderUnknown    Code = "provider_unknown"
	CodeExchangeFailed     Code = "token_exchange_failed"
	CodeIDTokenMissing     Code = "id_token_missing"
	CodeIDTokenInvalid     Code = "id_token_invalid"
	CodeUserInfoFailed     Code = "userinfo_failed"
	CodeUserInfoSubject    Code = "userinfo_subject_mismatch"
	CodeDocumentInvalid    Code = "document_invalid"
	CodeMappingFailed      Code = "mapping_failed"
	CodePluginFailed       Code = "plugin_failed"
	CodePluginSkipped      Code = "plugin_skipped"
	CodeLoginDenied        Code = "login_denied" // a plugin's deny
	CodePolicyFailed       Code = "policy_failed"
	CodeReauthNotPerformed Code = "reauth_not_performed"
	CodePersonMismatch     Code = "person_mismatch"
	CodeLevelNotReached    Code = "level_not_reached"
	CodeLevelUnknown       Code = "level_unknown"
	CodeLevelNoStepUp      Code = "level_not_step_up"
	CodeLevelMissing       Code = "level_missing"
	CodeACRUnknown         Code = "acr_unknown"    // no level that can be asked for is known by any of the acr_values
	CodeACRUnmet           Code = "acr_unmet"      // the provider says that it cannot prove a person so
	CodeStepUpNeeded       Code = "step_up_needed" // a level is missing that a step-up reaches
	CodeSessionMissing     Code = "session_missing"
	CodeStoreUnavailable   Code = "store_unavailable"
	CodeReturnRefused      Code = "return_to_refused"
	CodeAppUnknown         Code = "application_unknown"
	CodePeerUntrusted      Code = "peer_untrusted"   // asks as a proxy, and is not in trusted_proxies
	CodePathAmbiguous      Code = "path_ambiguous"   // servers read the path differently, and it matters
	CodeHandOverFailed     Code = "hand_over_failed" // the code is unknown, used, expired or another application's
	CodeBindingMissing     Code = "binding_missing"  // the browser kept no cookie of the start
	CodeLoginLoop          Code = "login_loop"
	CodeIdentityTooLarge   Code = "identity_too_large" // for the headers that it must fit into
	CodeClientUnauthorized Code = "client_unauthorized"
	CodeTokenUnavailable   Code = "token_unavailable"
	CodeTokenAudience      Code = "token_audience"   // the access token is a JWT for somebody else than the API
	CodeResourceUnknown    Code = "resource_unknown" // the application has no such API
	CodeRefreshRefused     Code = "refresh_refused"  // the provider says that the refresh token is no good
	CodeRefreshFailed      Code = "refresh_failed"   // the refreshed answer failed a check, and nothing of it is used
	CodeAuthTimeMoved      Code = "auth_time_moved"  // a refreshed ID token has another auth_time; a warning
	CodeSessionFrozen      Code = "session_frozen"   // the session has no tokens any more
	CodeClaimSourceFailed  Code = "claim_source_failed"
	CodeIDTokenHeader      Code = "id_token_header_missing"
	CodeIDTokenRefused     Code = "id_token_refused" // the one in the header failed a check
	CodeIDTokenReplayed    Code = "id_token_replayed"
	CodeNotInteractive     Code = "not_interactive" // the provider signs nobody in by way of a browser
	CodeSAMLInvalid        Code = "saml_response_invalid"
	CodeSAMLUnsolicited    Code = "saml_unsolicited"
	CodeLogoutTokenInvalid Code = "logout_token_invalid"
	CodeClientUnknown      Code = "client_unknown"    // no application with clients has that client_id
	CodeUserCodeUnknown    Code = "user_code_unknown" // no device waits with that code
	CodeGrantInvalid       Code = "invalid_grant"     // RFC 6749, section 5.2, of a program's code
	CodeConsoleOff         Code = "console_off"
	CodeOriginRefused      Code = "origin_refused"
	CodeNotFound           Code = "not_found"
	CodeMethodNotAllowed   Code = "method_not_allowed"
	CodeRequestTooLarge    Code = "request_too_large"
	CodeRateLimited        Code = "rate_limited"
	CodeInternal           Code = "internal_error"
)

// Fault is a failure with its code. Detail and Err say what happened for logs
// and traces: they never hold a token, a secret or a claim's value, because
// whoever makes the Fault leaves them out.
type Fault struct {
	Code   Code
	Check  string // of a code that stands for several checks: the stable name of the one that failed, which everybody is told
	Detail string // lower case, without a full stop
	Hint   string // a further sentence for whoever asked; it too holds nothing of what they sent
	Err    error
}

// NewFault is a Fault with a formatted Detail; a trailing %w is kept as Err.
func NewFault(code Code, format string, args ...any) *Fault {
	err := fmt.Errorf(format, args...)
	return &Fault{Code: code, Detail: err.Error(), Err: errors.Unwrap(err)}
}

func (f *Fault) Error() string {
	if f.Detail == "" {
		return string(f.Code)
	}
	return string(f.Code) + ": " + f.Detail
}

func (f *Fault) Unwrap() error { return f.Err }

// CodeOf is the code of the first Fault in err's chain, or internal_error.
func CodeOf(err error) Code {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Code
	}
	return CodeInternal
}

// CheckOf is the Check of the first Fault in err's chain, or "".
func CheckOf(err error) string {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Check
	}
	return ""
}

// HintOf is the Hint of the first Fault in err's chain, or "".
func HintOf(err error) string {
	if f, ok := errors.AsType[*Fault](err); ok {
		return f.Hint
	}
	return ""
}
