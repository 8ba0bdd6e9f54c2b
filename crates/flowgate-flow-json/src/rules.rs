//! Checks a document against everything that Flow JSON demands, one rule a
//! file, each named by what must hold.
//!
//! Implements [Error codes](https://developers.facebook.com/docs/whatsapp/flows/reference/error-codes)
//! and the conditions stated in
//! [Flow JSON](https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson) and
//! [Components](https://developers.facebook.com/docs/whatsapp/flows/reference/components).

mod example;
#[cfg(test)]
mod testing;

pub use example::Example;

use crate::{
    diagnostic::{At, Diagnostic, ErrorId, Severity},
    model::FlowJson,
};

/// Describes one rule, as `flowgate check --explain` shows it.
#[derive(Debug)]
#[non_exhaustive]
pub struct RuleFacts {
    /// The code, which findings carry.
    pub code: &'static str,
    /// What must hold, in one sentence without a period.
    pub summary: &'static str,
    /// The ids under which WhatsApp reports offences.
    pub errors: &'static [ErrorId],
    /// Why the rule exists and what to do.
    pub explanation: &'static str,
    /// A document that breaks the rule.
    pub bad: Example,
    /// The same document put right.
    pub good: Example,
}

/// A rule: what it demands and how it is checked.
pub(crate) trait Rule {
    const FACTS: RuleFacts;

    /// Whether the rule makes sense for a document whose end is missing.
    const READS_FRAGMENTS: bool = false;

    fn check<'f>(flow: &'f FlowJson, report: &mut Report<'f>);
}

struct Registered {
    facts: &'static RuleFacts,
    reads_fragments: bool,
    check: for<'f> fn(&'f FlowJson, &mut Report<'f>),
}

macro_rules! rules {
    ($($module:ident :: $rule:ident),* $(,)?) => {
        $(mod $module;)*

        static REGISTERED: &[Registered] = &[
            $(Registered {
                facts: &<$module::$rule as Rule>::FACTS,
                reads_fragments: <$module::$rule as Rule>::READS_FRAGMENTS,
                check: <$module::$rule as Rule>::check,
            }),*
        ];
    };
}

rules! {
    valid_json::ValidJson,
    unique_keys::UniqueKeys,
    version_present::VersionPresent,
    known_version::KnownVersion,
    publishable_version::PublishableVersion,
    known_data_api_version::KnownDataApiVersion,
    endpoint_declared::EndpointDeclared,
    known_properties::KnownProperties,
    available_in_version::AvailableInVersion,
    known_components::KnownComponents,
    types_stated::TypesStated,
    required_properties::RequiredProperties,
    property_types::PropertyTypes,
    allowed_values::AllowedValues,
    no_blank_text::NoBlankText,
    numbers_in_range::NumbersInRange,
    item_counts::ItemCounts,
    minimum_below_maximum::MinimumBelowMaximum,
    text_lengths::TextLengths,
    image_data::ImageData,
    image_descriptions::ImageDescriptions,
    date_values::DateValues,
    pattern_explained::PatternExplained,
    calendar_mode::CalendarMode,
    options_distinct::OptionsDistinct,
    screen_count::ScreenCount,
    unique_screen_ids::UniqueScreenIds,
    screen_id_form::ScreenIdForm,
    screen_titles::ScreenTitles,
    terminal_screen_exists::TerminalScreenExists,
    success_on_terminal_screens::SuccessOnTerminalScreens,
    terminal_screens_have_footer::TerminalScreensHaveFooter,
    sensitive_fields_exist::SensitiveFieldsExist,
    data_fields_declared::DataFieldsDeclared,
    data_examples::DataExamples,
    data_fields_used::DataFieldsUsed,
    unique_input_names::UniqueInputNames,
    inputs_inside_form::InputsInsideForm,
    form_values_fit::FormValuesFit,
    initial_values_fit::InitialValuesFit,
    required_inputs_usable::RequiredInputsUsable,
    error_messages_dynamic::ErrorMessagesDynamic,
    component_counts::ComponentCounts,
    solitary_components::SolitaryComponents,
    navigation_list_items::NavigationListItems,
    footer_captions::FooterCaptions,
    one_footer_per_path::OneFooterPerPath,
    branches_hold_components::BranchesHoldComponents,
    expression_syntax::ExpressionSyntax,
    expression_types::ExpressionTypes,
    references_resolve::ReferencesResolve,
    reference_types::ReferenceTypes,
    mixed_text::MixedText,
    actions_complete::ActionsComplete,
    actions_fit_their_place::ActionsFitTheirPlace,
    complete_on_terminal_screens::CompleteOnTerminalScreens,
    navigate_to_other_screens::NavigateToOtherScreens,
    navigate_payload_fits::NavigatePayloadFits,
    update_data_fits::UpdateDataFits,
    payload_references_resolve::PayloadReferencesResolve,
    media_payloads::MediaPayloads,
    payload_names_free::PayloadNamesFree,
    routing_names_screens::RoutingNamesScreens,
    routing_forward_only::RoutingForwardOnly,
    routing_branches::RoutingBranches,
    screens_connected::ScreensConnected,
    routing_covers_navigation::RoutingCoversNavigation,
    routes_end::RoutesEnd,
}

/// Iterates over all rules in the order in which they are checked.
pub fn rules() -> impl Iterator<Item = &'static RuleFacts> {
    REGISTERED.iter().map(|rule| rule.facts)
}

impl FlowJson {
    /// Checks the document against all rules and returns what was found, in
    /// the order of the text.
    ///
    /// A rule that finds more than 500 offences lists the first of them.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for rule in REGISTERED {
            if !self.complete && !rule.reads_fragments {
                continue;
            }
            let mut report = Report {
                flow: self,
                code: rule.facts.code,
                found: Vec::new(),
                cut: false,
            };
            (rule.check)(self, &mut report);
            report.finish();
            found.append(&mut report.found);
        }
        found.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
        found
    }
}

/// Collects what one rule finds.
pub(crate) struct Report<'f> {
    flow: &'f FlowJson,
    code: &'static str,
    found: Vec<Diagnostic>,
    /// Whether more was found than is listed.
    cut: bool,
}

impl<'f> Report<'f> {
    /// Says whether further findings are not listed. Rules whose messages are
    /// costly to make stop then.
    pub(crate) fn is_full(&mut self) -> bool {
        self.cut |= self.found.len() >= MAX_FINDINGS_PER_RULE;
        self.cut
    }

    pub(crate) fn error(
        &mut self,
        error: ErrorId,
        at: At<'f>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add_error(error, &[at], message, help);
    }

    /// Reports an error that shows in several places, the main one first.
    pub(crate) fn add_error(
        &mut self,
        error: ErrorId,
        places: &[At<'f>],
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(
            Severity::Error,
            Some(error),
            places,
            message.into(),
            help.into(),
        );
    }

    pub(crate) fn warning(
        &mut self,
        at: At<'f>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Severity::Warning, None, &[at], message.into(), help.into());
    }

    pub(crate) fn info(&mut self, at: At<'f>, message: impl Into<String>, help: impl Into<String>) {
        self.add(Severity::Info, None, &[at], message.into(), help.into());
    }

    pub(crate) fn add(
        &mut self,
        severity: Severity,
        error: Option<ErrorId>,
        places: &[At<'f>],
        message: String,
        help: String,
    ) {
        if self.is_full() {
            return;
        }
        self.found.push(Diagnostic::new(
            &self.flow.document,
            self.code,
            severity,
            error,
            places,
            message,
            help,
        ));
    }

    /// Says on the last finding that there are more.
    fn finish(&mut self) {
        if self.cut
            && let Some(last) = self.found.last_mut()
        {
            last.message.push_str(" (more like this are not listed)");
        }
    }
}

/// Findings of one rule beyond these are not listed.
const MAX_FINDINGS_PER_RULE: usize = 500;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_say_what_must_hold() {
        let mut seen = HashSet::new();
        for facts in rules() {
            assert!(seen.insert(facts.code), "{}", facts.code);
            assert!(!facts.summary.ends_with('.'), "{}", facts.code);
            assert!(!facts.explanation.is_empty(), "{}", facts.code);
        }
    }

    #[test]
    fn a_flood_of_offences_is_cut() {
        let children = r#"{"type": "Nothing"},"#.repeat(MAX_FINDINGS_PER_RULE + 7);
        let document = format!(
            r#"{{"version": "7.3", "screens": [{{"id": "A", "layout": {{"type": "SingleColumnLayout", "children": [{}]}}}}]}}"#,
            children.trim_end_matches(',')
        );
        let found = FlowJson::parse(document.as_bytes()).check();
        let last = found
            .iter()
            .rfind(|found| found.code == "known-components")
            .unwrap();
        assert!(last.message.ends_with("(more like this are not listed)"));
    }
}
