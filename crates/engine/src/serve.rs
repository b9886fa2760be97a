//! One job in, one answer out.

use std::{
    io::{self, Read as _, Write as _},
    process::ExitCode,
    thread,
};

use dfg_evidence::job::{Answer, Confinement, Job};

/// The stack of the thread that works: SQL may be nested deeply.
const STACK: usize = 32 << 20;

/// Takes a job from standard input, shuts the process in, does the job in a thread with a deep stack,
/// and says the answer on standard output.
pub fn serve(
    confine: impl FnOnce(&Job) -> Confinement,
    answer: impl FnOnce(&Job, Confinement) -> Answer + Send + 'static,
) -> ExitCode {
    let mut text = Vec::new();
    if io::stdin().lock().read_to_end(&mut text).is_err() {
        return ExitCode::FAILURE;
    }
    let answer = match serde_json::from_slice::<Job>(&text) {
        Ok(job) => {
            let confined = confine(&job);
            // A panic ends this thread, and the process with a failure: there is no answer then.
            let work = thread::Builder::new().stack_size(STACK);
            match work.spawn(move || answer(&job, confined)) {
                Ok(working) => match working.join() {
                    Ok(answer) => answer,
                    Err(_) => return ExitCode::FAILURE,
                },
                Err(cause) => Answer::Failed {
                    message: format!("the engine could not begin: {cause}"),
                },
            }
        }
        Err(cause) => Answer::Failed {
            message: format!("the job cannot be read: {cause}"),
        },
    };
    let Ok(text) = serde_json::to_vec(&answer) else {
        return ExitCode::FAILURE;
    };
    let mut out = io::stdout().lock();
    match out.write_all(&text).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
