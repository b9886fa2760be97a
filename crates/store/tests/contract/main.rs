//! What a ledger does, on `SQLite` and on `PostgreSQL` alike: every test of the contract runs on both.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: what fails here fails the test"
)]

mod access;
mod append;
mod backup;
mod beside;
mod edit;
mod fixture;
mod follow;
mod kill;
mod meeting;
mod proposal;
mod review;
mod server;
mod sign_on;
mod speed;
mod sqlite;
#[path = "../support/mod.rs"]
mod support;
mod tamper;
mod update;
mod voice;

/// Runs each test on a fresh ledger on either database.
macro_rules! contract {
    ($($module:ident { $($test:ident),* $(,)? })*) => {
        mod on_sqlite { $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let place = crate::support::Place::sqlite();
                crate::$module::$test(&place).await;
            }
        )*)* }

        mod on_postgres { $($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                let place = crate::support::Place::postgres().await;
                crate::$module::$test(&place).await;
                place.remove().await;
            }
        )*)* }
    };
}

contract! {
    sign_on {
        a_ceremony_ends_once_where_it_began,
        an_identity_is_bound_by_a_vouched_address_and_stays_bound,
        a_passkey_is_its_owners_until_they_are_gone,
    }
    access {
        a_link_signs_in_once_in_the_browser_that_asked,
        a_link_works_for_ten_minutes,
        a_new_invitation_withdraws_the_one_before,
        one_of_sixty_four_clients_gets_in,
        the_first_start_makes_one_programme_lead,
        sessions_end_by_rest_by_age_and_by_hand,
        a_change_of_roles_ends_sessions_but_the_renewed_one,
        the_last_programme_lead_stays,
        whoever_is_removed_is_out_and_may_come_back,
        whoever_is_erased_leaves_no_trace_but_an_id,
        attempts_are_counted_within_a_window,
        no_secret_is_in_the_tables_or_a_backup,
    }
    append {
        what_is_appended_is_loaded,
        many_entries_are_appended_at_once_or_not_at_all,
        a_stale_entry_is_refused_with_the_present_end,
        sixteen_writers_lose_nothing,
        texts_are_kept_by_hash,
        an_entry_without_its_texts_is_refused,
        the_folder_is_laid_out_as_of_any_entry,
        many_may_open_at_once,
        a_writer_who_waits_too_long_is_told_so,
    }
    proposal {
        a_proposal_is_changed_by_revision,
        a_proposal_is_talked_about,
        deciding_applies_the_changes,
        a_declined_proposal_changes_nothing_else,
        a_failing_append_leaves_the_proposal_undecided,
        of_many_decisions_one_counts,
    }
    edit {
        what_is_written_is_kept_by_revision,
        of_many_who_save_one_draft_one_is_first,
        a_step_and_its_note_are_kept_together,
        a_person_is_told_what_they_wrote,
    }
    review {
        a_round_is_scored,
        a_recommendation_is_decided_on_once,
    }
    meeting {
        of_sixty_four_votes_of_one_member_one_counts,
        a_meeting_is_held,
    }
    update {
        an_update_link_makes_one_entry,
        a_link_stays_good_where_the_ledger_moved_on,
        of_many_servers_one_sends_a_reminder,
        whoever_is_removed_loses_the_update_links,
    }
    voice {
        a_raised_signal_waits_and_is_let_in_once,
        a_raised_signal_is_turned_away_once,
        so_many_wait_and_no_more,
        news_are_told_once_each,
        words_and_addresses_are_erased,
    }
    fixture {
        an_older_ledger_is_read,
    }
    follow {
        another_process_is_followed_within_a_second,
        a_replaced_ledger_is_noticed,
    }
    backup {
        a_backup_is_made_while_others_append,
        a_backup_is_restored_on_either_database,
        a_backup_never_overwrites,
        a_damaged_ledger_is_not_backed_up,
        a_backup_adds_to_its_own_beginning_only,
        a_damaged_backup_changes_nothing,
        a_damaged_ledger_is_replaced,
    }
    beside {
        every_table_is_backed_up_or_left_out_on_purpose,
        people_and_their_work_come_back_on_either_database,
        a_table_changed_in_the_backup_is_refused,
    }
    tamper {
        the_database_refuses_changes,
        every_tampering_is_named,
        a_tampered_text_is_named,
        an_entry_that_does_not_fit_is_named,
        a_ledger_written_anew_is_found_by_a_noted_hash,
    }
}
